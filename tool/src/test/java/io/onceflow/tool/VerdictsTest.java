package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.PipelineStatus;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.SinkId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerdictsTest {

  private static PipelineStatus status(boolean closed, long lastDecided, long cut) {
    return new PipelineStatus("p", closed, 1, lastDecided, cut, "/chk", Map.of());
  }

  private static RegisteredVote vote(
      String id, String sink, String gatherer, long checkpointId, Decision decision) {
    return new RegisteredVote(
        id,
        new SinkId(sink),
        "l",
        checkpointId,
        checkpointId - 1,
        "e",
        gatherer,
        1,
        1,
        "",
        decision);
  }

  @Test
  void whenOneSinkHasDecidedACheckpointItHasCompletedForAll() {
    var verdicts =
        Verdicts.ofRegister(
            status(false, 8, 0),
            List.of(
                vote("a8", "a", "ga", 8, Decision.COMMIT),
                vote("b7", "b", "gb", 7, null),
                vote("b8", "b", "gb", 8, null),
                vote("b9", "b", "gb", 9, null)),
            List.of());

    assertThat(verdicts.doubts()).isEmpty();
    assertThat(verdicts.commit()).containsExactlyInAnyOrder("b7", "b8");
    assertThat(verdicts.abort()).containsExactly("b9");
  }

  @Test
  void whatAnAttemptReportedThatDidNotReachTheCutIsGivenUp() {
    var verdicts =
        Verdicts.ofRegister(
            status(false, 8, 0),
            List.of(
                vote("dead7", "a", "dead", 7, null), vote("a8", "a", "live", 8, Decision.COMMIT)),
            List.of("unvoted"));

    assertThat(verdicts.commit()).isEmpty();
    assertThat(verdicts.abort()).containsExactlyInAnyOrder("dead7", "unvoted");
  }

  @Test
  void aClosedPipelineKeepsItsCut() {
    var verdicts =
        Verdicts.ofRegister(
            status(true, 8, 6), List.of(vote("a6", "a", "g", 6, Decision.COMMIT)), List.of());

    assertThat(verdicts.cut()).isEqualTo(6);
  }

  @Test
  void aCheckpointOlderThanTheLastDecidedOneIsADoubt() {
    var view =
        new CheckpointView("/chk-6", 6, ToolDatabase.LINEAGE, List.of(TestEpochs.epoch(6, 5, 6)));
    var votes = List.of(vote(TestEpochs.id(6), ToolDatabase.SINK, "g", 6, Decision.COMMIT));

    assertThat(Verdicts.ofCheckpoint(status(false, 8, 0), votes, List.of(), List.of(view)).doubts())
        .anyMatch(doubt -> doubt.contains("older than checkpoint 8"));
  }

  @Test
  void aTransactionThatWasGivenUpAndThatTheCheckpointNamesIsADoubt() {
    var view =
        new CheckpointView("/chk-9", 9, ToolDatabase.LINEAGE, List.of(TestEpochs.epoch(9, 8, 9)));
    var votes = List.of(vote(TestEpochs.id(9), ToolDatabase.SINK, "g", 9, Decision.ABORT));

    assertThat(Verdicts.ofCheckpoint(status(false, 8, 0), votes, List.of(), List.of(view)).doubts())
        .anyMatch(doubt -> doubt.contains("has given it up"));
  }
}
