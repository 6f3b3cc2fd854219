package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.TransactionWriter;
import io.onceflow.common.commit.Verdict;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** PostgreSQL's side of PREPARED without Flink: what is special about this store. */
@Timeout(120)
class PostgresTransactionIT {

  private static final SinkId SINK = new SinkId("test-sink");

  private static final String DDL =
      """
      CREATE TYPE mood AS ENUM ('good', 'bad');
      CREATE TABLE notes (id bigint NOT NULL, memo varchar(5), mood mood,
        epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint);
      CREATE TABLE amounts (id bigint NOT NULL, amount bigint CHECK (amount > 0));
      CREATE TABLE totals (key text PRIMARY KEY, amount bigint CHECK (amount > 0));
      """;

  record Note(Long id, String memo, String mood) {}

  record Amount(Long id, Long amount) {}

  record Total(String key, Long amount) {}

  private final OnceflowDatabase database = OnceflowDatabase.create(DDL);
  private final String runId = UUID.randomUUID().toString();
  private final String nonce = UUID.randomUUID().toString().replace("-", "");
  private String lineage;
  private long sequence;

  @Test
  void badRowsOfSeveralTablesBecomeDeadLettersAndNoOtherRowIsLost() throws Exception {
    PreparedTransaction transaction;
    try (var writer = store().createTransactionWriter(SINK, OnReject.DEAD_LETTER)) {
      var id = begin(writer);
      append(writer, new Note(1L, "ok", "good"), new Note(2L, "too long", "bad"));
      append(writer, new Amount(1L, 1L), new Amount(2L, -2L), new Amount(3L, 3L));
      append(writer, new Note(3L, "fine", "ugly"), new Note(4L, null, null));
      transaction = prepare(writer, id);
    }

    assertThat(transaction.rejected()).isEqualTo(3);
    commit(transaction);
    assertThat(database.column("SELECT id FROM notes ORDER BY id")).containsExactly("1", "4");
    assertThat(database.column("SELECT id FROM amounts ORDER BY id")).containsExactly("1", "3");
    assertThat(
            database.column(
                "SELECT concat_ws('|', target, code, row_text::jsonb ->> 'id', row_text::jsonb ->> 'memo') FROM onceflow.dead_letter ORDER BY 1"))
        .containsExactly(
            "public.amounts|23514|2", "public.notes|22001|2|too long", "public.notes|22P02|3|fine");
    assertThat(
            database.number(
                "SELECT count(*) FROM notes JOIN onceflow.marker USING (epoch) WHERE rejected = 3"))
        .isEqualTo(2);
  }

  @Test
  void aBadRowEndsTheTransactionWhenThatWasAskedFor() throws Exception {
    try (var writer = store().createTransactionWriter(SINK, OnReject.FAIL)) {
      var id = begin(writer);
      append(writer, new Note(1L, "ok", "good"));
      assertThatThrownBy(
              () -> {
                append(writer, new Amount(1L, -1L));
                prepare(writer, id);
              })
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.ROW))
          .hasMessageContaining("set on-reject: dead-letter");
      assertThatThrownBy(() -> append(writer, new Note(2L, "ok", "good")))
          .hasMessageContaining("none is open any more");
      var next = begin(writer);
      append(writer, new Note(3L, "ok", "good"));
      commit(prepare(writer, next));
    }
    assertThat(database.column("SELECT id FROM notes")).containsExactly("3");
  }

  @Test
  void aChunkBeyondTheLimitIsWrittenAroundItsBadRowToo() throws Exception {
    PreparedTransaction transaction;
    var rows = 1_200_000L;
    try (var writer = store().createTransactionWriter(SINK, OnReject.DEAD_LETTER)) {
      var id = begin(writer);
      for (var from = 0L; from < rows; from += 5_000) {
        var batch = new ArrayList<Object>();
        for (var number = from; number < from + 5_000; number++) {
          batch.add(new Amount(number, number == 777_777 ? -1L : 1L));
        }
        append(writer, batch.toArray());
      }
      transaction = prepare(writer, id);
    }
    assertThat(transaction.rejected()).isEqualTo(1);
    commit(transaction);
    assertThat(database.number("SELECT count(DISTINCT id) FROM amounts")).isEqualTo(rows - 1);
    assertThat(database.number("SELECT count(*) FROM amounts")).isEqualTo(rows - 1);
  }

  @Test
  void whatIsNotPreparedIsGoneWithItsWriter() throws Exception {
    try (var writer = store().createTransactionWriter(SINK, OnReject.DEAD_LETTER)) {
      begin(writer);
      append(writer, new Amount(1L, 1L));
    }
    try (var session = open()) {
      assertThat(session.inDoubt()).isEmpty();
    }
    assertThat(database.number("SELECT count(*) FROM onceflow.marker")).isZero();
  }

  @Test
  void upsertsAreAppliedOnceWhenTheEpochIsFinished() throws Exception {
    var epochs = new Epochs<>(store());
    var parts = epochs.encode(List.of(new Total("a", 1L), new Total("b", -1L), new Total("a", 3L)));
    try (var session = open()) {
      var epoch = epoch(1, 0, parts, List.of());
      session.decide(epoch);
      session.decide(epoch);
      assertThat(session.finish(epoch, Epochs.segments()).rejectedRows()).isEqualTo(1);
      database.sql("UPDATE totals SET amount = 9");
      assertThat(session.finish(epoch, Epochs.segments()).alreadyCommitted()).isTrue();
    }
    assertThat(database.column("SELECT key || amount FROM totals")).containsExactly("a9");
    assertThat(
            database.column(
                "SELECT concat_ws(' ', checkpoint_id, row_count, rejected) FROM onceflow.marker"))
        .containsExactly("1 3 1");
  }

  @Test
  void aRunThatWasReplacedFinishesNothing() throws Exception {
    var parts = new Epochs<>(store()).encode(List.of(new Total("a", 1L)));
    try (var session = open()) {
      var epoch = epoch(1, 0, parts, List.of());
      session.decide(epoch);
      database.sql("UPDATE onceflow.sink SET owner_run = 'another'");
      assertThatThrownBy(() -> session.finish(epoch, Epochs.segments()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED));
      assertThatThrownBy(() -> session.decide(epoch)).hasMessageContaining("taken over by run");
    }
    assertThat(database.number("SELECT count(*) FROM totals")).isZero();
  }

  @Test
  void aLockThatSomebodyHoldsIsWaitedForAndThenNamed() throws Exception {
    database.sql("CREATE UNIQUE INDEX ON amounts (id)");
    try (var first = store().createTransactionWriter(SINK, OnReject.DEAD_LETTER);
        var second = store().createTransactionWriter(SINK, OnReject.DEAD_LETTER)) {
      var id = begin(first);
      append(first, new Amount(1L, 1L));
      prepare(first, id);
      var other = begin(second);
      assertThatThrownBy(
              () -> {
                append(second, new Amount(1L, 1L));
                prepare(second, other);
              })
          .hasMessageContaining("waited 30 s")
          .hasMessageContaining("prepared transaction " + id);
      try (var session = open()) {
        session.rollBack(id);
        session.rollBack(id);
        assertThat(session.commit(id)).isEqualTo(Verdict.LOST);
      }
    }
  }

  @Test
  void aServerThatPreparesNothingIsReportedWithTheSettingToChange() {
    try (var server = PostgresServer.builder().setting("max_prepared_transactions", "0").start()) {
      var own = OnceflowDatabase.on(new PostgresDatabase(server, server.database()), DDL);
      try (var session = store(own).createPreparedSession(SINK, runId, OnReject.DEAD_LETTER)) {
        assertThatThrownBy(session::preflight)
            .hasMessageContaining("max_prepared_transactions is 0")
            .hasMessageContaining("restart the server");
      }
    }
  }

  @Test
  void theScriptBringsAnOlderSchemaUpToDate() throws Exception {
    database.sql(
        """
        DROP TABLE onceflow.decision;
        DROP INDEX onceflow.marker_once;
        ALTER TABLE onceflow.marker DROP COLUMN decision_id, ALTER COLUMN lineage SET NOT NULL,
          ALTER COLUMN checkpoint_id SET NOT NULL, ADD UNIQUE (sink_id, lineage, checkpoint_id, subtask);
        """);
    try (var session = store().createPreparedSession(SINK, runId, OnReject.DEAD_LETTER)) {
      assertThatThrownBy(session::preflight)
          .hasMessageContaining("onceflow.decision does not exist")
          .hasMessageContaining("onceflow.marker is of an older version");
    }
    OnceflowDatabase.on(database.database(), "");
    badRowsOfSeveralTablesBecomeDeadLettersAndNoOtherRowIsLost();
  }

  private PostgresStore<Object> store() {
    return store(database);
  }

  private static PostgresStore<Object> store(OnceflowDatabase database) {
    return PostgresStore.<Object>at(database.config())
        .table(
            Note.class,
            PostgresTable.<Note>named("notes")
                .bigint("id", Note::id)
                .text("memo", Note::memo)
                .text("mood", Note::mood))
        .table(
            Amount.class,
            PostgresTable.<Amount>named("amounts")
                .bigint("id", Amount::id)
                .bigint("amount", Amount::amount))
        .table(
            Total.class,
            PostgresTable.<Total>named("totals")
                .text("key", Total::key)
                .bigint("amount", Total::amount)
                .upsertOn("key"));
  }

  private String begin(TransactionWriter writer) throws StoreException {
    var id = new TransactionId(SINK, nonce, 0, sequence++).toString();
    writer.begin(id);
    return id;
  }

  /** Values of one class, as one batch. */
  private void append(TransactionWriter writer, Object... values)
      throws StoreException, RowRejectedException {
    var encoder = store().createEncoder();
    var rows = new RowBuffer(1024);
    var target = -1;
    for (var value : values) {
      target = encoder.encode(value, rows, new RowBuffer(16));
    }
    writer.append(target, rows.array(), rows.length(), values.length);
  }

  private static PreparedTransaction prepare(TransactionWriter writer, String id)
      throws StoreException {
    var totals = new TransactionTotals(1, 2, 3, List.of(4L, 5L, 0L, 0L));
    return new PreparedTransaction(id, totals.rows(), 1, 2, writer.prepare(totals));
  }

  private void commit(PreparedTransaction transaction) throws StoreException {
    try (var session = open()) {
      assertThat(session.inDoubt()).containsExactly(transaction.id());
      var epoch = epoch(1, 0, List.of(), List.of(transaction));
      session.decide(epoch);
      assertThat(session.commit(transaction.id())).isEqualTo(Verdict.COMMITTED);
      assertThat(session.commit(transaction.id())).isEqualTo(Verdict.COMMITTED);
      session.finish(epoch, Epochs.segments());
      assertThat(session.inDoubt()).isEmpty();
    }
  }

  private PreparedSession open() throws StoreException {
    var session = store().createPreparedSession(SINK, runId, OnReject.DEAD_LETTER);
    lineage =
        session
            .open(new OpenRequest(SINK, runId, lineage, OptionalLong.empty(), OnRewind.FAIL))
            .lineage();
    return session;
  }

  private Epoch epoch(
      long checkpointId,
      long previousCheckpointId,
      List<io.onceflow.common.commit.SegmentPart> parts,
      List<PreparedTransaction> transactions) {
    return new Epoch(
        SINK,
        lineage,
        checkpointId,
        previousCheckpointId,
        CommitScope.SINK,
        0,
        new TransactionId(SINK, nonce, 0, 1_000 + checkpointId).toString(),
        Long.MIN_VALUE,
        1_000,
        "",
        parts,
        transactions,
        List.of());
  }
}
