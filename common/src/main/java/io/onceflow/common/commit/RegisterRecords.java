package io.onceflow.common.commit;

import io.onceflow.common.commit.RegisterRules.Participant;
import io.onceflow.common.commit.RegisterRules.Pipeline;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a {@link DecisionRegister} keeps, as seen by one transaction that has locked a pipeline's
 * record, or its name when there is no record yet. {@link RegisterProtocol} works on it.
 *
 * @param <E> the store's errors
 */
public interface RegisterRecords<E extends Exception> {

  /** The pipeline's record, locked until the transaction ends. */
  Optional<Pipeline> pipeline(String pipeline) throws E;

  /** The sink's record within the pipeline. */
  Optional<Participant> participant(String pipeline, SinkId sinkId) throws E;

  /** Whether the run was closed for good. */
  boolean isClosed(String pipeline, String runId) throws E;

  /** Writes the pipeline's record. */
  void write(Pipeline pipeline) throws E;

  /** Closes the runs that the pipeline's sinks had last, all but one, which may be null. */
  void closeOwners(String pipeline, String exceptRun) throws E;

  /** Closes the run that the sink had last, unless it is this one. */
  void closeOwner(String pipeline, SinkId sinkId, String exceptRun) throws E;

  /**
   * The run becomes the sink's owner in the current generation. A gatherer becomes the newest one,
   * a committer changes none; what is finished is set back to the restored checkpoint. What the
   * sink decided last is forgotten when it joins another generation, or starts from before it.
   */
  void join(Pipeline known, RegisterClaim claim) throws E;

  /** Keeps votes under the ids that {@link RegisterRules#decidedIds} names, where none stands. */
  void vote(Pipeline known, Epoch epoch, String gatherer) throws E;

  /** All votes, with what was decided. */
  List<RegisteredVote> votes(String pipeline) throws E;

  /**
   * Records a decision where none stands.
   *
   * @param checkpointId the checkpoint to note where no vote tells it
   */
  void decide(Pipeline known, Collection<String> ids, Decision decision, long checkpointId)
      throws E;

  /** Records ABORT for all votes for later checkpoints, where nothing stands. */
  void abortVotesAfter(Pipeline known, long checkpointId) throws E;

  /** What stands about these ids. */
  Map<String, Decision> decisionsOf(Collection<String> ids) throws E;

  /**
   * Votes for the same checkpoint, in the same generation, as the votes under these ids, that ABORT
   * stands for.
   */
  Set<String> abortedBeside(String pipeline, Collection<String> ids) throws E;

  /** COMMIT was recorded for the sink's epoch of a checkpoint, the newest one now. */
  void decided(String pipeline, SinkId sinkId, long checkpointId) throws E;

  /** The sink has nothing prepared any more up to a checkpoint; never set back by this. */
  void finished(String pipeline, SinkId sinkId, long checkpointId) throws E;

  /** Forgets votes and decisions that all sinks of the generation have finished long ago. */
  void forgetFinished(String pipeline) throws E;
}
