package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a history keeps, beyond what the conformance suite shows with the example store. */
class SinkHistoryTest {

  private static final SinkId SINK = new SinkId("test-sink");

  private final SinkHistory history = new SinkHistory(Map.of(), 10);

  @Test
  void whatIsReadBackIsWhatWasStored() throws Exception {
    var lineage = history.claim(request("run-1", null, 0)).lineage();
    history.commit(epoch(lineage, 1, 0), "run-1", 3);
    var again = new SinkHistory(history.values(), 10);
    assertThat(again.isCommitted(epoch(lineage, 1, 0))).isTrue();
    var opened = again.claim(request("run-2", lineage, 1));
    assertThat(opened.lineage()).isEqualTo(lineage);
    assertThat(opened.lastCheckpointId()).isEqualTo(1);
    assertThat(opened.fencedRuns()).containsExactly("run-1");
    assertThat(again.values())
        .containsEntry("marker.of.test-sink.x.0.1", "1 0 3")
        .containsEntry("restore-path", "/chk-1");
  }

  @Test
  void aRunThatWasReplacedNeitherCommitsNorComesBack() throws Exception {
    var lineage = history.claim(request("run-1", null, 0)).lineage();
    history.claim(request("run-2", lineage, 0));
    assertThatThrownBy(() -> history.commit(epoch(lineage, 1, 0), "run-1", 0))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED));
    assertThatThrownBy(() -> history.claim(request("run-1", lineage, 0)))
        .hasMessageContaining("run-2, which is the only one");
  }

  @Test
  void markersThatAreTooOldAreDroppedAndTheirEpochsRefused() throws Exception {
    var lineage = history.claim(request("run-1", null, 0)).lineage();
    history.commit(epoch(lineage, 1, 0), "run-1", 0);
    history.commit(epoch(lineage, 11, 1), "run-1", 0);
    assertThat(history.isCommitted(epoch(lineage, 1, 0))).isFalse();
    assertThat(history.isCommitted(epoch(lineage, 11, 1))).isTrue();
    assertThatThrownBy(() -> history.commit(epoch(lineage, 1, 0), "run-1", 0))
        .hasMessageContaining("lost or pruned");
  }

  private static OpenRequest request(String run, String lineage, long restored) {
    var checkpoint = lineage == null ? OptionalLong.empty() : OptionalLong.of(restored);
    return new OpenRequest(SINK, run, lineage, checkpoint, OnRewind.FAIL);
  }

  private static Epoch epoch(String lineage, long checkpointId, long previous) {
    return new Epoch(
        SINK,
        lineage,
        checkpointId,
        previous,
        CommitScope.SINK,
        0,
        "of.test-sink.x.0." + checkpointId,
        Long.MIN_VALUE,
        0,
        "/chk-" + checkpointId,
        List.of(),
        List.of(),
        List.of());
  }
}
