package io.onceflow.ledger.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How state types that Flink serializes may change, for the table in {@code docs/operate.md}: a
 * class is compiled as two releases have it, and the second one meets the snapshot and the bytes of
 * the first, as a restore does.
 */
class StateTypesTest {

  private static final String RECORD =
      """
      public record Payment(%s) {
        public static Payment sample() { return new Payment(7, "rent"); }
      }
      """;

  @TempDir Path directory;

  private TypeSerializerSnapshot<Object> snapshot;
  private byte[] written;
  private TypeSerializer<Object> later;

  /** What became of a value of the first release in the second. */
  private enum Fate {
    MIGRATED,
    REFUSED
  }

  @ParameterizedTest
  @CsvSource({
    "'long amount, String text, int fee', MIGRATED, 'Payment[amount=7, text=rent, fee=0]'",
    "'long amount', MIGRATED, 'Payment[amount=7]'",
    "'String amount, String text', REFUSED, ''"
  })
  void aRecordGetsAndLosesFieldsButKeepsTheirTypes(String components, Fate fate, String value)
      throws Exception {
    first(RECORD.formatted("long amount, String text"));
    var sample = "  public static Payment sample() { return new Payment(7, \"rent\"); }\n";
    second(RECORD.replace(sample, "").formatted(components));
    assertThat(fate()).isEqualTo(fate);
    if (fate == Fate.MIGRATED) {
      assertThat(migrated()).hasToString(value);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'public long amount; public String text; public int fee;', MIGRATED, '7 rent 0'",
    "'public long amount;', MIGRATED, '7'",
    "'public String amount; public String text;', REFUSED, ''"
  })
  void aPojoGetsAndLosesFieldsButKeepsTheirTypes(String fields, Fate fate, String value)
      throws Exception {
    first(pojo("public long amount; public String text;", true));
    second(pojo(fields, false));
    assertThat(fate()).isEqualTo(fate);
    if (fate == Fate.MIGRATED) {
      assertThat(migrated()).hasToString(value);
    }
  }

  @Test
  void aTypeThatOnlyKryoCouldWriteIsForbidden() throws Exception {
    var source =
        "public class Payment { private final long amount; public Payment(long a) { amount = a; } public long amount() { return amount; } }";
    var type = TypeInformation.of(compiled("first", source));
    var config =
        new SerializerConfigImpl(new Configuration().set(PipelineOptions.GENERIC_TYPES, false));
    assertThatThrownBy(() -> type.createSerializer(config))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("Generic types have been disabled");
  }

  private static String pojo(String fields, boolean withSample) {
    var names = fields.replaceAll("public \\w+ (\\w+); ?", "+ \" \" + $1 ").strip().substring(1);
    return """
        public class Payment {
          %s
          public Payment() {}
          %s
          public String toString() { return ("" %s).strip(); }
        }
        """
        .formatted(
            fields,
            withSample
                ? "public static Payment sample() { Payment p = new Payment(); p.amount = 7; p.text = \"rent\"; return p; }"
                : "",
            "+" + names);
  }

  private void first(String source) throws Exception {
    var type = compiled("first", source);
    var serializer = serializer(type);
    var bytes = new DataOutputSerializer(64);
    TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(
        bytes, serializer.snapshotConfiguration());
    var snapshotBytes = bytes.getCopyOfBuffer();
    bytes = new DataOutputSerializer(64);
    serializer.serialize(type.getMethod("sample").invoke(null), bytes);
    written = bytes.getCopyOfBuffer();
    Files.write(directory.resolve("snapshot"), snapshotBytes);
  }

  private void second(String source) throws Exception {
    var type = compiled("second", source);
    later = serializer(type);
    snapshot =
        TypeSerializerSnapshotSerializationUtil.readSerializerSnapshot(
            new DataInputDeserializer(Files.readAllBytes(directory.resolve("snapshot"))),
            type.getClassLoader());
  }

  private Fate fate() {
    TypeSerializerSchemaCompatibility<Object> compatibility =
        later.snapshotConfiguration().resolveSchemaCompatibility(snapshot);
    assertThat(compatibility.isCompatibleAsIs()).isFalse();
    return compatibility.isIncompatible() ? Fate.REFUSED : Fate.MIGRATED;
  }

  private Object migrated() throws Exception {
    return snapshot.restoreSerializer().deserialize(new DataInputDeserializer(written));
  }

  @SuppressWarnings("unchecked") // The class is known to nobody at compile time.
  private static TypeSerializer<Object> serializer(Class<?> type) {
    return (TypeSerializer<Object>)
        TypeInformation.of(type).createSerializer(new SerializerConfigImpl());
  }

  private Class<?> compiled(String release, String source) throws Exception {
    var folder = Files.createDirectories(directory.resolve(release));
    var file = Files.writeString(folder.resolve("Payment.java"), source);
    var status = ToolProvider.getSystemJavaCompiler().run(null, null, null, file.toString());
    assertThat(status).as(source).isZero();
    return new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())
        .loadClass("Payment");
  }
}
