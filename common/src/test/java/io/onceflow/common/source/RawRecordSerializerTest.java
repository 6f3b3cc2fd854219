package io.onceflow.common.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.Fuzz;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RawRecordSerializerTest {

  private final TypeSerializer<RawRecord> serializer =
      TypeInformation.of(RawRecord.class).createSerializer(new SerializerConfigImpl());

  private RawRecord throughTheNetwork(RawRecord record) throws IOException {
    DataOutputSerializer first = new DataOutputSerializer(64);
    serializer.serialize(record, first);
    DataOutputSerializer second = new DataOutputSerializer(64);
    serializer.copy(new DataInputDeserializer(first.getCopyOfBuffer()), second);
    assertThat(second.getCopyOfBuffer()).isEqualTo(first.getCopyOfBuffer());
    return serializer.deserialize(new DataInputDeserializer(second.getCopyOfBuffer()));
  }

  @Test
  void everyFieldSurvivesTheNetwork() throws Exception {
    RawRecord record =
        new RawRecord("transfers", 3, Long.MAX_VALUE, -1, new byte[] {1}, new byte[] {2, 3});
    assertThat(throughTheNetwork(record)).usingRecursiveComparison().isEqualTo(record);
  }

  @Test
  void headersSurviveTheNetwork() throws Exception {
    RawHeader[] headers = {new RawHeader("a", new byte[] {1}), new RawHeader("a", null)};
    RawRecord record = new RawRecord("transfers", 0, 1, 2, null, new byte[0], headers);
    assertThat(throughTheNetwork(record)).usingRecursiveComparison().isEqualTo(record);
  }

  @Test
  void noBytesAndNullAreDifferent() throws Exception {
    RawRecord record = throughTheNetwork(new RawRecord("t", 0, 0, 0, new byte[0], null));
    assertThat(record.key()).isEmpty();
    assertThat(record.value()).isNull();
  }

  @Test
  void aRecordIsHandedOnUncopied() {
    RawRecord record = new RawRecord("t", 0, 0, 0, null, new byte[] {1});
    assertThat(serializer.copy(record)).isSameAs(record);
    assertThat(serializer.isImmutableType()).isTrue();
  }

  @Test
  void damagedBytesAreAnIoExceptionAndTakeNoMemory() throws Exception {
    DataOutputSerializer whole = new DataOutputSerializer(64);
    serializer.serialize(new RawRecord("t", 1, 2, 3, new byte[] {1}, new byte[40]), whole);
    Fuzz.run(
        bytes -> serializer.deserialize(new DataInputDeserializer(bytes)),
        List.of(whole.getCopyOfBuffer()));
    DataOutputSerializer headers = new DataOutputSerializer(64);
    RawHeader[] two = {new RawHeader("a", new byte[] {1}), new RawHeader("b", new byte[9])};
    serializer.serialize(new RawRecord("t", 1, 2, 3, null, new byte[4], two), headers);
    Fuzz.run(
        bytes -> serializer.deserialize(new DataInputDeserializer(bytes)),
        List.of(headers.getCopyOfBuffer()));
  }

  @Test
  void aLongRecordComesBackWhole() throws Exception {
    byte[] value = new byte[5_000_001];
    new Random(1).nextBytes(value);
    assertThat(throughTheNetwork(new RawRecord("t", 0, 0, 0, null, value)).value())
        .isEqualTo(value);
  }

  @Test
  void itsSnapshotRestoresIt() {
    assertThat(serializer.snapshotConfiguration().restoreSerializer()).isEqualTo(serializer);
  }
}
