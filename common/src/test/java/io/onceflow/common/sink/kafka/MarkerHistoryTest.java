package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.Fuzz;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.SinkId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MarkerHistoryTest {

  /** As version 1 wrote them; they stay readable. */
  private static final String SINK =
      """
      {"version":1,"lineage":"l1","ownerRun":"r2","lastCheckpoint":7,"lastRestorePath":"/chk-7",
       "parentLineage":null,"parentCheckpoint":0,"lowWaterCheckpoint":3,"added":"later"}""";

  private static final String MARKER =
      """
      {"version":1,"transaction":"of.s.x.0.1","lineage":"l1","subtask":0,"checkpoint":7,
       "previousCheckpoint":6,"run":"r2","rows":5,"rejected":1,"bytes":100,"checksum":-9,
       "watermarkMs":-9223372036854775808,"preparedAtMs":10,"committedAtMs":11,
       "offsets":[{"topic":"t","partition":2,"first":3,"last":9,"count":5}]}""";

  private static final CommitMarker READ =
      new CommitMarker(
          "of.s.x.0.1",
          "l1",
          0,
          7,
          6,
          "r2",
          5,
          1,
          100,
          -9,
          Long.MIN_VALUE,
          10,
          11,
          List.of(new CommitMarker.Range("t", 2, 3, 9, 5)));

  private final MarkerHistory history = new MarkerHistory(new SinkId("s"));

  private void accept(String key, String value) throws Exception {
    history.accept(key, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theLastRecordOfAKeyCounts() throws Exception {
    accept("sink/s", SINK.replace("\"lastCheckpoint\":7", "\"lastCheckpoint\":6"));
    accept("sink/s", SINK);
    accept("marker/s/of.s.x.0.1", MARKER);
    assertThat(history.known()).isEqualTo(new SinkRecord("l1", "r2", 7, null, 0, "/chk-7"));
    assertThat(history.lowWaterCheckpointId()).isEqualTo(3);
    assertThat(history.markers()).containsExactly(READ);
    accept("marker/s/of.s.x.0.1", null);
    assertThat(history.markers()).isEmpty();
  }

  @Test
  void aMarkerIsWrittenAsItIsRead() throws Exception {
    assertThat(MarkerJson.marker(MarkerJson.of(READ))).isEqualTo(READ);
  }

  @Test
  void otherSinksChangeNothingEvenWithTheSameBeginning() throws Exception {
    accept("sink/s2", SINK);
    accept("marker/s2/of.s2.x.0.1", MARKER);
    accept("run/s-/r", "{}");
    assertThat(history.known()).isNull();
    assertThat(history.markers()).isEmpty();
    assertThat(history.knowsRun("r")).isFalse();
  }

  @Test
  void aRunIsReplacedOnlyWhenItOnceOwnedTheSink() throws Exception {
    accept("sink/s", SINK);
    accept("run/s/r1", "{\"version\":1,\"lineage\":\"l1\"}");
    accept("run/s/r2", "{\"version\":1,\"lineage\":\"l1\"}");
    assertThat(history.isReplaced("r1")).isTrue();
    assertThat(history.isReplaced("r2")).isFalse();
    assertThat(history.isReplaced("r3")).isFalse();
  }

  @Test
  void theNewestSubtaskOfTheLineageSaysHowFarTheSinkIs() throws Exception {
    accept("sink/s", SINK);
    accept(
        "subtask/s/0",
        "{\"version\":1,\"lineage\":\"l1\",\"checkpoint\":9,\"restorePath\":\"/9\"}");
    accept(
        "subtask/s/1",
        "{\"version\":1,\"lineage\":\"l0\",\"checkpoint\":99,\"restorePath\":\"/\"}");
    assertThat(history.known()).isEqualTo(new SinkRecord("l1", "r2", 9, null, 0, "/9"));
  }

  @Test
  void damagedRecordsAreRefusedAndNothingElseHappens() throws Exception {
    var values = Map.of("sink/s", SINK, "marker/s/t1", MARKER, "run/s/r1", SINK);
    for (var entry : values.entrySet()) {
      Fuzz.run(
          bytes -> history.accept(entry.getKey(), bytes),
          List.of(entry.getValue().getBytes(StandardCharsets.UTF_8)),
          IllegalArgumentException.class);
    }
  }

  @Test
  void whatIsNotOursIsRefusedInsteadOfIgnored() {
    assertThatThrownBy(() -> accept("sink/s", SINK.replace("\"version\":1", "\"version\":2")))
        .hasMessageContaining("has version 2");
    assertThatThrownBy(() -> accept("sink/s", "{\"version\":1}"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> accept("unknown/s", "{}")).hasMessageContaining("unknown/s");
  }
}
