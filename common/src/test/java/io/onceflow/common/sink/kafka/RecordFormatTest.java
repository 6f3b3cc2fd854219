package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceflow.common.Fuzz;
import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.RowBuffer;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.RecordBatch;
import org.junit.jupiter.api.Test;

class RecordFormatTest {

  private static final ProducerRecord<byte[], byte[]> FULL =
      new ProducerRecord<>(
          "t",
          3,
          5L,
          new byte[] {1},
          new byte[] {2, 2},
          List.of(new RecordHeader("h", new byte[] {9}), new RecordHeader("n", (byte[]) null)));

  /** What version 1 wrote stays readable. */
  private static final String VERSION_1 =
      "01 00000001 74 00000003 0000000000000005 00000001 01 00000002 0202"
          + " 00000002 00000001 68 00000001 09 00000001 6e ffffffff";

  private static byte[] bytes(ProducerRecord<byte[], byte[]> record) {
    var row = new RowBuffer(8);
    RecordFormat.write(record, row);
    return row.toByteArray();
  }

  private static ProducerRecord<byte[], byte[]> read(byte[] bytes) throws IOException {
    return RecordFormat.read(new DataInputStream(new ByteArrayInputStream(bytes)));
  }

  @Test
  void everyPartOfARecordComesBack() throws Exception {
    assertThat(bytes(FULL)).isEqualTo(HexFormat.of().parseHex(VERSION_1.replace(" ", "")));
    var back = read(bytes(FULL));
    assertThat(back.topic()).isEqualTo("t");
    assertThat(back.partition()).isEqualTo(3);
    assertThat(back.timestamp()).isEqualTo(5);
    assertThat(back.key()).containsExactly(1);
    assertThat(back.value()).containsExactly(2, 2);
    assertThat(back.headers().toArray()).containsExactly(FULL.headers().toArray());
  }

  @Test
  void whatIsAbsentStaysAbsent() throws Exception {
    var back = read(bytes(new ProducerRecord<>("topic", null)));
    assertThat(back.partition()).isNull();
    assertThat(back.timestamp()).isNull();
    assertThat(back.key()).isNull();
    assertThat(back.value()).isNull();
    assertThat(back.headers().toArray()).isEmpty();
  }

  @Test
  void aRecordThatIsCutOrOfAnotherVersionIsRefused() {
    var bytes = bytes(FULL);
    for (var length = 0; length < bytes.length; length++) {
      var cut = java.util.Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(EOFException.class);
    }
    bytes[0] = 2;
    assertThatThrownBy(() -> read(bytes)).hasMessageContaining("version 2");
    assertThatThrownBy(() -> read(new byte[] {1, 127, 0, 0, 0}))
        .hasMessageContaining("a field of 2130706432 bytes");
  }

  /** Anything else would be taken for a file system in trouble, and be tried again for ever. */
  @Test
  void aFlippedBitIsAnotherRecordOrADamagedSegment() {
    for (var at = 0; at < bytes(FULL).length; at++) {
      for (var bit = 0; bit < 8; bit++) {
        var flipped = bytes(FULL);
        flipped[at] ^= (byte) (1 << bit);
        var failure = catchThrowable(() -> read(flipped));
        if (failure != null) {
          assertThat(failure)
              .as("bit %d of byte %d", bit, at)
              .isInstanceOfAny(DamagedSegmentException.class, EOFException.class);
        }
      }
    }
  }

  @Test
  void damagedBytesAreAnIoExceptionAndNothingElse() throws Exception {
    Fuzz.run(RecordFormatTest::read, List.of(bytes(FULL)));
  }

  /** What we let pass, the producer must let pass too. */
  @Test
  void theSizeWeReckonWithIsNotBelowTheProducers() {
    for (var record :
        List.of(
            FULL,
            new ProducerRecord<byte[], byte[]>("t", null, null),
            new ProducerRecord<>("t", new byte[100], new byte[70_000]))) {
      assertThat(TargetTopics.bytes(record))
          .isGreaterThanOrEqualTo(
              AbstractRecords.estimateSizeInBytesUpperBound(
                  RecordBatch.CURRENT_MAGIC_VALUE,
                  CompressionType.NONE,
                  record.key(),
                  record.value(),
                  record.headers().toArray()));
    }
  }
}
