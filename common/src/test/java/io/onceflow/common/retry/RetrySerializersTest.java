package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.Fuzz;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RetrySerializersTest {

  /** A type with a value of it. */
  record Case<T>(TypeInformation<T> type, T value) {
    TypeSerializer<T> serializer() {
      return type.createSerializer(new SerializerConfigImpl());
    }

    byte[] bytes() throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(64);
      serializer().serialize(value, out);
      return out.getCopyOfBuffer();
    }

    T read(byte[] bytes) throws IOException {
      return serializer().deserialize(new DataInputDeserializer(bytes));
    }
  }

  static List<Case<?>> cases() {
    return List.of(
        new Case<>(RetryTypes.MESSAGE, RetryValues.MESSAGE),
        new Case<>(RetryTypes.UNFINISHED, RetryValues.UNFINISHED),
        new Case<>(RetryTypes.ACKNOWLEDGEMENT, RetryValues.ACKNOWLEDGEMENT),
        new Case<>(RetryTypes.DEAD_LETTER, RetryValues.DEAD_LETTER),
        new Case<>(RetryTypes.CONTROL, new RetryControl.Pause("bank")),
        new Case<>(RetryTypes.CONTROL, new RetryControl.Resume("bank")),
        new Case<>(RetryTypes.CONTROL, new RetryControl.Drain("bank")),
        new Case<>(RetryTypes.CONTROL, RetryValues.CHANGE),
        new Case<>(RetryTypes.PROGRESS, RetryValues.PROGRESS),
        new Case<>(RetryTypes.PRODUCER_ACKNOWLEDGEMENT, RetryValues.REPORT));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyFieldSurvives(Case<?> one) throws Exception {
    assertThat(one.read(one.bytes())).isEqualTo(one.value());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void damagedBytesAreAnIoExceptionAndTakeNoMemory(Case<?> one) throws Exception {
    byte[] bytes = one.bytes();
    Fuzz.run(one::read, List.of(bytes));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aNewerFormatIsRefused(Case<?> one) throws Exception {
    byte[] bytes = one.bytes();
    bytes[0]++;
    assertThatThrownBy(() -> one.read(bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("newer release");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theSnapshotRestoresTheSerializerAndIsCompatible(Case<?> one) throws Exception {
    restores(one.serializer());
  }

  private static <T> void restores(TypeSerializer<T> serializer) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    TypeSerializerSnapshot<T> read =
        TypeSerializerSnapshot.readVersionedSnapshot(
            new DataInputDeserializer(out.getCopyOfBuffer()),
            RetrySerializersTest.class.getClassLoader());
    assertThat(read.restoreSerializer()).isEqualTo(serializer);
    assertThat(
            serializer.snapshotConfiguration().resolveSchemaCompatibility(read).isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void flinkFindsTheTypesByItself() {
    assertThat(TypeInformation.of(RetryMessage.class)).isEqualTo(RetryTypes.MESSAGE);
    assertThat(TypeInformation.of(Acknowledgement.class)).isEqualTo(RetryTypes.ACKNOWLEDGEMENT);
    assertThat(TypeInformation.of(RetryDeadLetter.class)).isEqualTo(RetryTypes.DEAD_LETTER);
    assertThat(TypeInformation.of(RetryControl.class)).isEqualTo(RetryTypes.CONTROL);
    assertThat(TypeInformation.of(ProducerAcknowledgement.class))
        .isEqualTo(RetryTypes.PRODUCER_ACKNOWLEDGEMENT);
  }

  @Test
  void theLongestFieldsAreReadAgain() throws Exception {
    String longest = "\uffff".repeat(RetryMessage.MAX_NAME_CHARS);
    RetryMessage message =
        new RetryMessage(
            longest,
            1,
            longest,
            longest,
            9,
            0,
            longest,
            new byte[RetryMessage.MAX_PAYLOAD_BYTES],
            Map.of(longest, "\uffff".repeat(RetryMessage.MAX_HEADER_CHARS)));
    Case<RetryMessage> one = new Case<>(RetryTypes.MESSAGE, message);
    assertThat(one.read(one.bytes())).isEqualTo(message);
  }
}
