package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.Fuzz;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

class CommittableSerializerTest {

  private static final List<SegmentPart> PARTS =
      List.of(
          new SegmentPart(0, 2, 3, 0x01020304, new byte[] {1, 2, 3}, null),
          new SegmentPart(1, 5, 1L << 40, -7, null, "file:/c/x-1-1"));

  private static final Epoch EPOCH =
      new Epoch(
          new SinkId("s"),
          "l",
          7,
          6,
          CommitScope.SUBTASK,
          1,
          "of.s.i.1.0",
          Long.MIN_VALUE,
          1_700_000_000_000L,
          "file:/c/chk-7",
          PARTS,
          List.of(),
          List.of());

  private static final PreparedTransaction TRANSACTION =
      new PreparedTransaction("of.s.n.0.1", 5, 70, -3, 1);

  /** What version 1 wrote; a change of the format must raise the version and keep reading this. */
  private static final String EPOCH_V1 =
      "0000000173000000016c0000000000000007000000000000000601000000010000000a6f662e732e"
          + "692e312e3080000000000000000000018bcfe568000000000d66696c653a2f632f63686b2d370000"
          + "00020000000000000000000000020000000000000003010203040100000003010203000000010000"
          + "0000000000050000010000000000fffffff9000000000d66696c653a2f632f782d312d31";

  @Test
  void anEpochComesBackAsItWas() throws Exception {
    var serializer = new EpochSerializer();
    assertThat(serializer.deserialize(3, serializer.serialize(EPOCH))).isEqualTo(EPOCH);
    var prepared =
        new Epoch(
            EPOCH.sinkId(),
            "l",
            8,
            7,
            CommitScope.SINK,
            0,
            "of.s.i.0.1",
            5,
            6,
            "",
            PARTS,
            List.of(TRANSACTION),
            List.of("of.s.m.0.0"));
    assertThat(serializer.deserialize(3, serializer.serialize(prepared))).isEqualTo(prepared);
  }

  @Test
  void bytesOfVersionOneAreStillRead() throws Exception {
    var bytes = HexFormat.of().parseHex(EPOCH_V1);
    assertThat(new EpochSerializer().deserialize(1, bytes)).isEqualTo(EPOCH);
  }

  @Test
  void aSegmentComesBackAsItWas() throws Exception {
    var serializer = new SegmentSerializer();
    var staged = Segment.staged("nonce", 3, PARTS);
    assertThat(serializer.deserialize(2, serializer.serialize(staged))).isEqualTo(staged);
    var prepared = Segment.prepared("nonce", 3, PARTS, TRANSACTION);
    assertThat(serializer.deserialize(2, serializer.serialize(prepared))).isEqualTo(prepared);
    var empty = Segment.prepared("nonce", 3, List.of(), null);
    assertThat(serializer.deserialize(2, serializer.serialize(empty))).isEqualTo(empty);
  }

  @Test
  void anotherVersionIsRefusedWithBothNumbers() {
    assertThatThrownBy(() -> new EpochSerializer().deserialize(4, new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 4")
        .hasMessageContaining("versions 1 to 3");
  }

  @Test
  void anEpochOfAnotherStrategyEndsTheJobWithTheWayBack() throws Exception {
    var prepared = new EpochSerializer(CommitStrategy.PREPARED);
    var staged = new EpochSerializer(CommitStrategy.STAGED);
    assertThatThrownBy(() -> staged.deserialize(3, prepared.serialize(EPOCH)))
        .isInstanceOf(SuppressRestartsException.class)
        .hasStackTraceContaining(
            "Sink 's' is configured with strategy STAGED, but the state it was restored with is of strategy PREPARED.")
        .hasStackTraceContaining("Another strategy");
    assertThatThrownBy(() -> prepared.deserialize(3, staged.serialize(EPOCH)))
        .isInstanceOf(SuppressRestartsException.class);
    assertThatThrownBy(() -> prepared.deserialize(1, HexFormat.of().parseHex(EPOCH_V1)))
        .isInstanceOf(SuppressRestartsException.class);
    assertThat(staged.deserialize(3, staged.serialize(EPOCH))).isEqualTo(EPOCH);
    assertThat(new EpochSerializer().deserialize(3, prepared.serialize(EPOCH))).isEqualTo(EPOCH);
  }

  @Test
  void damagedBytesAreAnIoExceptionAndNothingElse() throws Exception {
    var epochs = new EpochSerializer();
    var newest = List.of(epochs.serialize(EPOCH));
    Fuzz.run(bytes -> epochs.deserialize(3, bytes), newest);
    Fuzz.run(bytes -> epochs.deserialize(1, bytes), List.of(HexFormat.of().parseHex(EPOCH_V1)));
    var segments = new SegmentSerializer();
    Fuzz.run(
        bytes -> segments.deserialize(2, bytes),
        List.of(
            segments.serialize(Segment.staged("nonce", 3, PARTS)),
            segments.serialize(Segment.prepared("nonce", 3, PARTS, TRANSACTION))));
  }

  @Test
  void aDamagedNameOfAStrategyIsDamage() throws Exception {
    var bytes = new EpochSerializer(CommitStrategy.STAGED).serialize(EPOCH);
    bytes[bytes.length - 1] ^= 1;
    assertThatThrownBy(() -> new EpochSerializer(CommitStrategy.STAGED).deserialize(3, bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("or is damaged");
  }

  @Test
  void aSerializedObjectOfJavaIsRefused() {
    var object = HexFormat.of().parseHex("aced00057372001e6a6176612e");
    for (var version = 1; version <= 3; version++) {
      var current = version;
      assertThatThrownBy(() -> new EpochSerializer().deserialize(current, object))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> new SegmentSerializer().deserialize(current, object))
          .isInstanceOf(IOException.class);
    }
  }
}
