package io.onceflow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class NumberSerializerTest {

  private static byte[] written(NumberRecord record) throws IOException {
    var out = new DataOutputSerializer(16);
    NumberSerializer.INSTANCE.serialize(record, out);
    return out.getCopyOfBuffer();
  }

  private static NumberRecord read(byte[] bytes) throws IOException {
    return NumberSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes));
  }

  @Test
  void aRecordIsReadAsItWasWritten() throws Exception {
    for (byte[] key : new byte[][] {null, {}, {1, 2, 3}}) {
      var read = read(written(new NumberRecord(key, -5, 17)));
      assertThat(read.key()).isEqualTo(key);
      assertThat(read.number()).isEqualTo(-5);
      assertThat(read.timestampMs()).isEqualTo(17);
    }
  }

  @Test
  void aDamagedLengthIsAnIoException() throws Exception {
    byte[] bytes = written(new NumberRecord(new byte[] {1}, 1, 1));
    bytes[16] = -2;
    assertThatThrownBy(() -> read(bytes)).isInstanceOf(IOException.class);
  }
}
