package io.onceflow.common.commit;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The resolver's side of a {@link DecisionRegister}: looks at a pipeline, closes it at a checkpoint
 * and records all verdicts. Safe while the job is alive, because whoever comes first wins: what a
 * job decided before is found and kept, and a job that comes later is fenced.
 *
 * <p>Calls come from one thread and are idempotent; after a retryable error the next call connects
 * anew.
 */
public interface ResolverRegister extends RemoteSession {

  /** The names of all pipelines. */
  List<String> pipelines() throws StoreException;

  /** A pipeline, or empty when no job has claimed it. */
  Optional<PipelineStatus> status(String pipeline) throws StoreException;

  /** The epochs and transactions reported for a pipeline, by checkpoint; old ones are forgotten. */
  List<RegisteredVote> votes(String pipeline) throws StoreException;

  /** All decisions of a pipeline by transaction or epoch, also of those nobody reported. */
  Map<String, Decision> decisions(String pipeline) throws StoreException;

  /**
   * Closes a pipeline, in one transaction: fences every run for good, records COMMIT and ABORT as
   * requested and ABORT for everything reported for later checkpoints that is undecided. Only
   * afterwards may the resolver commit or roll back, each by its decision. Closing once more at the
   * same checkpoint is fine.
   *
   * @throws StoreException FENCED, and nothing has changed, when the cut is older than the last
   *     decided checkpoint, when the pipeline was closed elsewhere, when the opposite was recorded
   *     for a transaction, or when a transaction reported up to the cut is undecided and not named:
   *     look again
   */
  void close(CloseRequest request) throws StoreException;

  /**
   * Records ABORT for transactions that turned up after closing, such as a zombie's.
   *
   * @return those whose decision is ABORT now; the others are COMMIT
   * @throws StoreException FENCED when the pipeline is not closed: a job may want them
   */
  Set<String> abort(String pipeline, Collection<String> transactionIds) throws StoreException;
}
