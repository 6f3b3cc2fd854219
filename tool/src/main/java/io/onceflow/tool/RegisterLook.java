package io.onceflow.tool;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PipelineStatus;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.SinkInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a decision register holds about one pipeline at one moment.
 *
 * @param status the pipeline
 * @param votes everything that was reported
 * @param decisions everything that was decided
 */
record RegisterLook(
    PipelineStatus status, List<RegisteredVote> votes, Map<String, Decision> decisions) {

  static RegisterLook at(ResolverRegister register, String pipeline)
      throws StoreException, HeldException {
    var status =
        register
            .status(pipeline)
            .orElseThrow(
                () ->
                    new HeldException(
                        "The decision register does not know pipeline '%s': it is another register, or the job never started."
                            .formatted(pipeline)));
    return new RegisterLook(status, register.votes(pipeline), register.decisions(pipeline));
  }

  /**
   * The epochs of a sink that are to be committed, as the votes tell them: those that the store may
   * not have finished. Rows of upserts are not in a vote; a part that stands for them says only
   * that they are there.
   */
  CheckpointView view(SinkInfo sink, Verdicts verdicts) {
    var epochs = new LinkedHashMap<String, List<RegisteredVote>>();
    for (var vote : votes) {
      if (vote.sinkId().value().equals(sink.sinkId())
          && vote.lineage().equals(sink.lineage())
          && vote.checkpointId() >= sink.lastCheckpointId()
          && isCommit(vote, verdicts)) {
        epochs.computeIfAbsent(vote.epochId(), id -> new ArrayList<>()).add(vote);
      }
    }
    return new CheckpointView(
        verdicts.restorePath(),
        verdicts.cut(),
        sink.lineage(),
        epochs.values().stream().map(RegisterLook::epoch).toList(),
        decided());
  }

  /** Whether a sink is one of the current generation: an earlier one may have had others. */
  boolean takesPart(SinkId sinkId) {
    return status.ownerRuns().containsKey(sinkId.value())
        || votes.stream()
            .anyMatch(vote -> vote.sinkId().equals(sinkId) && vote.fence() == status.fence());
  }

  private Set<String> decided() {
    return decisions.entrySet().stream()
        .filter(entry -> entry.getValue() == Decision.COMMIT)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private boolean isCommit(RegisteredVote vote, Verdicts verdicts) {
    return verdicts.commit().contains(vote.transactionId())
        || decisions.get(vote.transactionId()) == Decision.COMMIT;
  }

  private static Epoch epoch(List<RegisteredVote> votes) {
    var any = votes.get(0);
    var parts =
        votes.stream()
            .filter(vote -> vote.isEpoch() && vote.rows() > 0)
            .map(vote -> new SegmentPart(0, vote.rows(), 0, 0, new byte[0], null))
            .toList();
    var transactions =
        votes.stream()
            .filter(vote -> !vote.isEpoch())
            .map(vote -> new PreparedTransaction(vote.transactionId(), vote.rows(), 0, 0, 0))
            .toList();
    return new Epoch(
        any.sinkId(),
        any.lineage(),
        any.checkpointId(),
        any.previousCheckpointId(),
        CommitScope.SINK,
        0,
        any.epochId(),
        Long.MIN_VALUE,
        0,
        any.restorePath(),
        parts,
        transactions,
        List.of());
  }

  /** What is recorded about a transaction, for people. */
  String about(String transactionId) {
    var decision = decisions.get(transactionId);
    var decided = decision == null ? "undecided" : "decided " + decision;
    return votes.stream()
        .filter(vote -> vote.transactionId().equals(transactionId))
        .findFirst()
        .map(vote -> "for checkpoint %d, %s".formatted(vote.checkpointId(), decided))
        .orElse("none, " + decided);
  }
}
