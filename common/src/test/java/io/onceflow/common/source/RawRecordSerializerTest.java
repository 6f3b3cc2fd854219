package io.onceflow.common.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
  void itsSnapshotRestoresIt() {
    assertThat(serializer.snapshotConfiguration().restoreSerializer()).isEqualTo(serializer);
  }
}
