package io.onceflow.common.formats;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.EpochSerializer;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.Segment;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentSerializer;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.retry.RetryValues;
import io.onceflow.common.sink.mariadb.MariaDbStore;
import io.onceflow.common.sink.mariadb.MariaDbTable;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import io.onceflow.common.source.RawRecord;
import io.onceflow.common.source.rabbitmq.RabbitMqValues;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/**
 * Every line of {@code formats.txt} is read as the value it was written for, and the newest version
 * of each format is what is written now. Lines are added and never changed.
 */
class SavedFormatsTest {

  private static final Path GOLDEN = Path.of("src/test/resources/formats.txt");
  private static final Path SOURCES = Path.of("src/main/java/io/onceflow/common");

  private static final List<SegmentPart> PARTS =
      List.of(
          new SegmentPart(0, 2, 3, 0x01020304, new byte[] {1, 2, 3}, null, 77),
          new SegmentPart(1, 5, 1L << 40, -7, null, "file:/c/x-1-1", 78));

  private static final PreparedTransaction TRANSACTION =
      new PreparedTransaction("of.s.n.0.1", 5, 70, -3, 1);

  private static final UUID ID = UUID.fromString("0198c2d1-7e00-7000-8000-000000000001");

  private static final Row ROW =
      new Row(
          ID,
          7L,
          8,
          true,
          "ä\t'\\",
          new BigDecimal("-12.50"),
          Instant.ofEpochMilli(1_780_000_000_123L));

  /** A value of each kind of column. */
  private record Row(
      UUID id, Long big, Integer small, Boolean flag, String text, BigDecimal amount, Instant at) {}

  private static List<Format> formats() throws Exception {
    var formats = new ArrayList<>(committables());
    for (var saved : RetryValues.saved()) {
      formats.add(retry(saved));
    }
    formats.addAll(RabbitMqValues.saved());
    return formats;
  }

  /** The version is the first byte. */
  private static <T> Format retry(RetryValues.Saved<T> saved) throws IOException {
    var serializer = saved.type().createSerializer(new SerializerConfigImpl());
    var out = new DataOutputSerializer(64);
    serializer.serialize(saved.value(), out);
    var written = out.getCopyOfBuffer();
    return new Format(
        saved.name(),
        written[0],
        written,
        (version, bytes) ->
            serializer.deserialize(new DataInputDeserializer(bytes)).equals(saved.value()));
  }

  private static List<Format> committables() throws Exception {
    return List.of(
        Format.committable(
            "epoch-staged",
            new EpochSerializer(),
            epoch(PARTS, false),
            SavedFormatsTest::ofVersion1),
        Format.committable("epoch-prepared", new EpochSerializer(), epoch(PARTS, true)),
        Format.committable(
            "segment-staged",
            new SegmentSerializer(),
            new Segment("nonce", 3, PARTS, null),
            segment -> new Segment("nonce", 3, unsummed(), null)),
        Format.committable(
            "segment-prepared",
            new SegmentSerializer(),
            new Segment("nonce", 3, PARTS, TRANSACTION)),
        rawRecord(),
        transactionId(),
        Format.rows("rows-postgres", row(postgres())),
        Format.rows("rows-mariadb", row(mariaDb())));
  }

  @Test
  void everySavedFormIsReadAndTheNewestIsWritten() throws Exception {
    var golden = Files.readAllLines(GOLDEN);
    for (var format : formats()) {
      var lines = golden.stream().filter(line -> line.startsWith(format.name() + " ")).toList();
      var now =
          "%s %d %s"
              .formatted(format.name(), format.version(), HexFormat.of().formatHex(format.bytes()));
      assertThat(lines)
          .as("raise the version, keep reading the older ones, and add to %s:\n%s", GOLDEN, now)
          .isNotEmpty()
          .last()
          .isEqualTo(now);
      for (var line : lines) {
        var words = line.split(" ");
        assertThat(
                format.isRead().test(Integer.parseInt(words[1]), HexFormat.of().parseHex(words[2])))
            .as(line)
            .isTrue();
      }
    }
  }

  @Test
  void noSerializerIsForgotten() throws IOException {
    var found = new TreeSet<String>();
    try (var files = Files.walk(SOURCES)) {
      for (var file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Pattern.compile(
                "(?m)^ *(?:(?:public|private|final|static) )*(?:class|record) (\\w+)[^{;]*?(?:implements SimpleVersionedSerializer|extends (?:TypeSerializer(?:Singleton)?|ImmutableSerializer|VersionedSerializer))<")
            .matcher(Files.readString(file))
            .results()
            .forEach(match -> found.add(match.group(1)));
      }
    }
    // OwnCommittables writes what Flink's serializer writes; the others are above, failed attempts,
    // rules and sequence sets inside of what holds them.
    assertThat(found)
        .containsExactly(
            "AcknowledgementSerializer",
            "AssignedSplitsSerializer",
            "EpochSerializer",
            "FailedAttemptSerializer",
            "OwnCommittables",
            "ProducerAcknowledgementSerializer",
            "ProducerProgressSerializer",
            "QueueSplitSerializer",
            "RabbitMqMessageSerializer",
            "RawRecordSerializer",
            "RetryControlSerializer",
            "RetryDeadLetterSerializer",
            "RetryMessageSerializer",
            "RetryRulesSerializer",
            "SegmentSerializer",
            "SequenceSetSerializer",
            "StreamSplitSerializer",
            "UnfinishedSerializer");
  }

  private static Epoch epoch(List<SegmentPart> parts, boolean prepared) {
    return new Epoch(
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
        parts,
        prepared ? List.of(TRANSACTION) : List.of(),
        prepared ? List.of("of.s.m.0.0") : List.of());
  }

  private static Epoch ofVersion1(Epoch epoch) {
    return epoch(unsummed(), false);
  }

  private static List<SegmentPart> unsummed() {
    return PARTS.stream()
        .map(
            part ->
                new SegmentPart(
                    part.target(),
                    part.rows(),
                    part.bytes(),
                    part.crc32c(),
                    part.inline(),
                    part.path()))
        .toList();
  }

  private static Format rawRecord() throws IOException {
    var serializer =
        TypeInformation.of(RawRecord.class).createSerializer(new SerializerConfigImpl());
    var record =
        new RawRecord("transfers", 3, Long.MAX_VALUE, -1, new byte[] {1}, new byte[] {2, 3});
    var out = new DataOutputSerializer(64);
    serializer.serialize(record, out);
    return new Format(
        "raw-record",
        1,
        out.getCopyOfBuffer(),
        (version, bytes) -> {
          var read = serializer.deserialize(new DataInputDeserializer(bytes));
          var again = new DataOutputSerializer(64);
          serializer.serialize(read, again);
          return java.util.Arrays.equals(again.getCopyOfBuffer(), bytes)
              && read.offset() == Long.MAX_VALUE;
        });
  }

  private static RowEncoder<Row> postgres() {
    return PostgresStore.<Row>at(
            PostgresConfig.loopback(1, "d", "u", Secret.fromEnv("ONCEFLOW_NONE")))
        .table(
            Row.class,
            PostgresTable.<Row>named("t")
                .uuid("id", Row::id)
                .bigint("big", Row::big)
                .integer("small", Row::small)
                .bool("flag", Row::flag)
                .text("text", Row::text)
                .numeric("amount", Row::amount)
                .timestamptz("at", Row::at)
                .date("nothing", row -> (LocalDate) null)
                .upsertOn("id"))
        .createEncoder();
  }

  private static RowEncoder<Row> mariaDb() {
    return MariaDbStore.<Row>at(
            MariaDbConfig.loopback(1, "d", "u", Secret.fromEnv("ONCEFLOW_NONE")))
        .table(
            Row.class,
            MariaDbTable.<Row>named("t")
                .uuid("id", Row::id)
                .bigint("big", Row::big)
                .integer("small", Row::small)
                .bool("flag", Row::flag)
                .text("text", Row::text)
                .decimal("amount", Row::amount)
                .timestamp("at", Row::at)
                .date("nothing", row -> (LocalDate) null)
                .upsertOn("id"))
        .createEncoder();
  }

  private static byte[] row(RowEncoder<Row> encoder) throws Exception {
    var row = new RowBuffer(64);
    encoder.encode(ROW, row, new RowBuffer(64));
    return row.toByteArray();
  }

  private static Format transactionId() {
    var id = new TransactionId(new SinkId("s"), "0123456789abcdef".repeat(2), 2, 3);
    return new Format(
        "transaction-id",
        1,
        id.toString().getBytes(StandardCharsets.UTF_8),
        (version, bytes) ->
            TransactionId.parse(new String(bytes, StandardCharsets.UTF_8))
                .orElseThrow()
                .equals(id));
  }
}
