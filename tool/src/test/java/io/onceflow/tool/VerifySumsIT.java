package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowSum;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contents of rows that the sink itself wrote, compared with the markers' sums. */
class VerifySumsIT {

  private static final SinkId SINK = new SinkId(ToolDatabase.SINK);
  private static final String RUN = UUID.randomUUID().toString();

  @TempDir Path directory;
  private ToolDatabase database;

  /** One row; the text tells rows apart. */
  record Payment(long id, String note) {}

  @BeforeEach
  void create() {
    database = ToolDatabase.create(directory);
    database.sql(
        """
        CREATE TABLE payments (extra text, id bigint, note varchar(40), small smallint, ok boolean, ratio double precision,
          day date, at timestamptz, raw bytea, uid uuid, doc json,
          epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint);
        """);
  }

  private PostgresTable<Payment> table() {
    return PostgresTable.<Payment>named("payments")
        .bigint("id", Payment::id)
        .text("note", Payment::note)
        .smallint("small", payment -> (short) payment.id)
        .bool("ok", payment -> payment.id % 2 == 0)
        .doublePrecision("ratio", payment -> payment.id / 3.0)
        .date("day", payment -> LocalDate.of(2026, 1, 1).plusDays(payment.id))
        .timestamptz("at", payment -> Instant.ofEpochSecond(payment.id, 123_456_789))
        .bytea("raw", payment -> payment.note.getBytes(StandardCharsets.UTF_8))
        .uuid("uid", payment -> new UUID(payment.id, 7))
        .json("doc", payment -> payment.id == 3 ? null : "{\"b\": 1,  \"a\": 2.50}");
  }

  /** Commits epochs 1 and 2 of two parts each, as two writers would have sealed them. */
  private void commit(PostgresTable<Payment> table) throws Exception {
    var server = database.database().server();
    var store =
        PostgresStore.<Payment>at(
                PostgresConfig.loopback(
                    server.port(),
                    database.database().name(),
                    server.jobUser(),
                    Secret.fromFile(server.passwordFile().toString())))
            .table(Payment.class, table);
    try (var session = store.createSession(SINK, RUN, OnReject.DEAD_LETTER)) {
      session.preflight();
      var lineage =
          session
              .open(new OpenRequest(SINK, RUN, null, OptionalLong.empty(), OnRewind.FAIL))
              .lineage();
      for (var checkpoint = 1; checkpoint <= 2; checkpoint++) {
        var parts = List.of(part(store, checkpoint * 10L), part(store, checkpoint * 10L + 5));
        session.apply(epoch(lineage, checkpoint, parts), new SegmentReader());
      }
    }
  }

  private static Epoch epoch(String lineage, long checkpoint, List<SegmentPart> parts) {
    return new Epoch(
        SINK,
        lineage,
        checkpoint,
        checkpoint - 1,
        CommitScope.SINK,
        0,
        "of.%s.%s.0.%d".formatted(SINK, ToolDatabase.WRITER, checkpoint),
        Long.MIN_VALUE,
        1_000,
        "",
        parts,
        List.of(),
        List.of());
  }

  private static SegmentPart part(PostgresStore<Payment> store, long from) throws Exception {
    var encoder = store.createEncoder();
    var bytes = new ByteArrayOutputStream();
    var sum = new RowSum();
    var row = new RowBuffer(64);
    var key = new RowBuffer(64);
    for (var id = from; id < from + 5; id++) {
      row.clear();
      key.clear();
      encoder.encode(new Payment(id, "n\u00f6te " + id), row, key);
      bytes.write(row.array(), 0, row.length());
      sum.add(row.array(), row.length());
    }
    var crc = new CRC32C();
    crc.update(bytes.toByteArray());
    return new SegmentPart(
        0, 5, bytes.size(), (int) crc.getValue(), bytes.toByteArray(), null, sum.value());
  }

  private ToolResult verify(String... more) {
    var arguments = new ArrayList<>(List.of("verify"));
    arguments.addAll(List.of(more));
    return ToolResult.run(database, arguments.toArray(String[]::new));
  }

  @Test
  void rowsThatNobodyTouchedHaveTheirSums() throws Exception {
    commit(table());

    var result = verify("--all", "--json");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.json().at("/sinks/0/checks"))
        .hasSize(2)
        .allMatch(check -> check.get("checksum").asBoolean())
        .allMatch(check -> check.get("expectedRows").asLong() == 10);
  }

  @Test
  void aChangedValueIsFoundInItsEpoch() throws Exception {
    commit(table());
    database.sql("UPDATE payments SET note = 'other' WHERE id = 23");

    var result = verify();

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out())
        .contains("The contents of rows differ")
        .containsPattern("DIFFERENT +public.payments +2 +2 +10 +10");
  }

  @Test
  void aTableWithoutEpochsHasOneSum() throws Exception {
    database.sql("ALTER TABLE payments DROP COLUMN epoch");
    commit(table());
    assertThat(verify("--all", "--json").json().at("/sinks/0/checks/0/checksum").asBoolean())
        .isTrue();

    database.sql("UPDATE payments SET ratio = ratio + 1 WHERE id = 11");
    assertThat(verify().exit()).isEqualTo(1);
  }

  @Test
  void typesThatTheServerNormalisesAreCountedOnly() throws Exception {
    database.sql("ALTER TABLE payments ADD COLUMN amount numeric");
    commit(table().numeric("amount", payment -> new java.math.BigDecimal("100.00")));

    var result = verify("--all", "--json");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.json().at("/sinks/0/checks"))
        .hasSize(2)
        .noneMatch(check -> check.get("checksum").asBoolean());
  }
}
