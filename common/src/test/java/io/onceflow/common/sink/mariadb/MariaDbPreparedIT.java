package io.onceflow.common.sink.mariadb;

import static io.onceflow.common.sink.mariadb.MariaDbTables.payments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.Verdict;
import io.onceflow.common.sink.mariadb.MariaDbTables.Balance;
import io.onceflow.common.sink.mariadb.MariaDbTables.Payment;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.TcpProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** XA: who may settle a prepared transaction, and what is left of it after a crash. */
@Timeout(90)
class MariaDbPreparedIT {

  private static final String RUN = UUID.randomUUID().toString();

  private final MariaDbTables database = MariaDbTables.create(MariaDbTables.PAYMENTS);

  private static String newId() {
    var nonce = UUID.randomUUID().toString().replace("-", "");
    return new TransactionId(Epochs.SINK, nonce, 3, 1).toString();
  }

  private static PreparedTransaction prepare(MariaDbStore<Object> store, String id, List<?> rows)
      throws Exception {
    try (var writer = store.createTransactionWriter(Epochs.SINK, OnReject.DEAD_LETTER)) {
      writer.begin(id);
      for (var part : encode(store, rows)) {
        writer.append(part.target(), part.inline(), part.inline().length, part.rows());
      }
      var counts = List.of((long) rows.size(), 0L, 0L);
      var rejected = writer.prepare(new TransactionTotals(99, 7, 1_000, counts));
      return new PreparedTransaction(id, rows.size(), 99, 7, rejected);
    }
  }

  private static List<SegmentPart> encode(MariaDbStore<Object> store, List<?> rows)
      throws Exception {
    return new Epochs<>(store).encode(rows);
  }

  private static PreparedSession open(MariaDbStore<Object> store, List<String> lineage)
      throws StoreException {
    var session = store.createPreparedSession(Epochs.SINK, RUN, OnReject.DEAD_LETTER);
    session.preflight();
    var request = new OpenRequest(Epochs.SINK, RUN, null, OptionalLong.empty(), OnRewind.FAIL);
    lineage.add(session.open(request).lineage());
    return session;
  }

  private static Epoch epoch(
      String lineage, long checkpointId, List<SegmentPart> parts, PreparedTransaction... all) {
    return new Epoch(
        Epochs.SINK,
        lineage,
        checkpointId,
        checkpointId - 1,
        CommitScope.SINK,
        0,
        "of.test-sink.%s.0.%d".formatted(lineage, checkpointId),
        Long.MIN_VALUE,
        1_000,
        "/checkpoints/chk-" + checkpointId,
        parts,
        List.of(all),
        List.of());
  }

  /** The server needs a moment to let go of a connection that was closed. */
  private static Verdict settled(Callable<Verdict> commit) {
    return await()
        .ignoreExceptionsMatching(e -> e instanceof StoreException refused && refused.retryable())
        .until(commit, verdict -> true);
  }

  @Test
  void anEpochOfTransactionsAndUpsertsIsCommittedFinishedAndMarked() throws Exception {
    var store = database.store();
    var lineage = new ArrayList<String>();
    try (var session = open(store, lineage)) {
      var first = prepare(store, newId(), payments(1, 10));
      var second = prepare(store, newId(), payments(11, 15));
      assertThat(database.number("SELECT count(*) FROM payments")).isZero();
      assertThat(session.inDoubt()).containsExactlyInAnyOrder(first.id(), second.id());

      var upserts = encode(store, List.of(new Balance(1L, 5L), new Balance(1L, 6L)));
      var epoch = epoch(lineage.get(0), 1, upserts, first, second);
      session.decide(epoch);
      session.decide(epoch);
      assertThat(settled(() -> session.commit(first.id()))).isEqualTo(Verdict.COMMITTED);
      assertThat(settled(() -> session.commit(first.id()))).isEqualTo(Verdict.COMMITTED);
      assertThat(settled(() -> session.commit(second.id()))).isEqualTo(Verdict.COMMITTED);
      assertThat(session.finish(epoch, Epochs.segments())).isEqualTo(new ApplyResult(false, 0));
      assertThat(session.finish(epoch, Epochs.segments())).isEqualTo(new ApplyResult(true, 0));
      assertThat(session.inDoubt()).isEmpty();
    }
    assertThat(
            database.column(
                """
                SELECT concat_ws(' ', checkpoint_id, row_count, rows_by_target, subtask, lineage IS NOT NULL,
                  (SELECT count(*) FROM payments p WHERE p.epoch = m.epoch))
                FROM OF.marker m ORDER BY epoch
                """))
        .containsExactly(
            "1 10 {\"payments\": 10} 3 1 10",
            "1 5 {\"payments\": 5} 3 1 5",
            "1 2 {\"balances\": 2} 0 1 0");
    assertThat(database.column("SELECT value FROM balances")).containsExactly("6");
    assertThat(database.number("SELECT count(*) FROM OF.decision WHERE finished_at IS NOT NULL"))
        .isEqualTo(1);
  }

  @Test
  void aBadRowIsADeadLetterOfThePreparedTransaction() throws Exception {
    var store = database.store();
    try (var session = open(store, new ArrayList<>())) {
      var rows = new ArrayList<Object>(payments(1, 100));
      rows.add(new Payment(7L, 1L, "twin"));
      rows.add(new Payment(101L, 1L, "longer than ten"));
      var prepared = prepare(store, newId(), rows);
      assertThat(prepared.rejected()).isEqualTo(2);
      assertThat(database.number("SELECT count(*) FROM OF.dead_letter")).isZero();
      assertThat(settled(() -> session.commit(prepared.id()))).isEqualTo(Verdict.COMMITTED);
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(100);
    assertThat(database.column("SELECT code FROM OF.dead_letter ORDER BY 1"))
        .containsExactly("1062", "1406");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatIsKilledWhileATransactionIsPreparedStillCommitsIt(boolean log) throws Exception {
    var builder = MariaDbServer.builder();
    if (log) {
      builder.setting("log_bin", "binlog").setting("sync_binlog", "1");
    }
    try (var server = builder.setting("binlog_format", "ROW").start()) {
      var own = MariaDbTables.on(server, MariaDbTables.PAYMENTS);
      var store = own.store();
      try (var session = open(store, new ArrayList<>())) {
        var rows = new ArrayList<Object>(payments(1, 50));
        // Through the temporary tables as well: they must not take part in the transaction.
        rows.add(new Payment(60L, -1L, "bad"));
        var prepared = prepare(store, newId(), rows);
        var lost = newId();
        try (var writer = store.createTransactionWriter(Epochs.SINK, OnReject.DEAD_LETTER)) {
          writer.begin(lost);
          server.kill();
        }
        server.restart();
        assertThatThrownBy(session::inDoubt)
            .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.retryable()).isTrue());
        assertThat(session.inDoubt()).containsExactly(prepared.id());
        assertThat(session.commit(prepared.id())).isEqualTo(Verdict.COMMITTED);
        server.kill();
        server.restart();
        assertThat(settled(() -> session.commit(prepared.id()))).isEqualTo(Verdict.COMMITTED);
        assertThat(session.commit(lost)).isEqualTo(Verdict.LOST);
      }
      assertThat(own.number("SELECT count(*) FROM payments")).isEqualTo(50);
      assertThat(own.number("SELECT count(*) FROM OF.dead_letter")).isEqualTo(1);
    }
  }

  @Test
  void whileItsConnectionLivesATransactionIsNeitherLostNorCommitted() throws Exception {
    var store = database.store();
    var context = new TransactionId(Epochs.SINK, "0".repeat(32), 0, 1).toString();
    try (var session = open(store, new ArrayList<>());
        var holder = database.database().connect();
        var statement = holder.createStatement()) {
      var xid = xidOf(context);
      for (var verb : List.of("START", "END", "PREPARE")) {
        statement.execute("XA %s %s".formatted(verb, xid));
      }
      assertThat(session.inDoubt()).containsExactly(context);
      for (Callable<?> settle :
          List.<Callable<?>>of(
              () -> session.commit(context),
              () -> {
                session.rollBack(context);
                return null;
              })) {
        assertThatThrownBy(settle::call)
            .isInstanceOfSatisfying(
                StoreException.class,
                e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.TRANSIENT))
            .hasMessageContaining("is still open");
      }
      statement.getConnection().close();
      await()
          .ignoreExceptions()
          .until(
              () -> {
                session.rollBack(context);
                return true;
              });
      assertThat(session.inDoubt()).isEmpty();
    }
  }

  private String xidOf(String id) {
    var connector = new DriverConnector(database.config());
    return Xid.of(new SessionContext(connector, Epochs.SINK, null, List.of(), List.of()), id).sql();
  }

  @Test
  void onlyTheTransactionsOfExactlyThisSinkAreInDoubt() throws Exception {
    var store = database.store();
    var foreign =
        List.of(
            "'of.test-sink','" + "a".repeat(32) + ".0.1',1", // another Onceflow database
            xidOf(newId()).replace("of.test-sink'", "of.test-sink2'"),
            xidOf(newId()).replace("of.test-sink'", "OF.TEST-SINK'"),
            xidOf(newId()).replace(".3.1'", "'"),
            "'of.test-sink.'",
            "X'00ff',X'fe'");
    try (var server = database.database().connect();
        var session = open(store, new ArrayList<>())) {
      for (var i = 0; i < foreign.size(); i++) {
        try (var holder = database.database().connect();
            var statement = holder.createStatement()) {
          statement.execute("XA START " + foreign.get(i));
          statement.execute("INSERT INTO balances VALUES (%d, 1)".formatted(i));
          statement.execute("XA END " + foreign.get(i));
          statement.execute("XA PREPARE " + foreign.get(i));
        }
      }
      var ours = newId();
      prepare(store, ours, payments(1, 1));
      assertThat(session.inDoubt()).containsExactly(ours);
      session.rollBack(newId());
      for (var xid : foreign) {
        await()
            .ignoreExceptions()
            .until(() -> !server.createStatement().execute("XA ROLLBACK " + xid));
      }
      await().ignoreExceptions().until(() -> session.commit(ours) == Verdict.COMMITTED);
    }
  }

  @Test
  void twoThatCommitTheSameTransactionsAtTheSameTimeBothSeeThemCommitted() throws Exception {
    var store = database.store();
    var threads = Executors.newFixedThreadPool(2);
    try (var one = open(store, new ArrayList<>());
        var other = open(store, new ArrayList<>())) {
      var ids = new ArrayList<String>();
      for (var i = 0; i < 60; i++) {
        ids.add(prepare(store, newId(), payments(i * 10L + 1, i * 10L + 10)).id());
      }
      var verdicts = new ArrayList<java.util.concurrent.Future<List<Verdict>>>();
      for (var session : List.of(one, other)) {
        verdicts.add(
            threads.submit(
                () -> ids.stream().map(id -> settled(() -> session.commit(id))).toList()));
      }
      for (var of : verdicts) {
        assertThat(of.get()).hasSize(60).containsOnly(Verdict.COMMITTED);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(600);
  }

  @Test
  void aCommitWhoseAnswerIsLostIsFoundCommitted() throws Exception {
    try (var proxy = TcpProxy.to(database.database().server())) {
      var store = MariaDbTables.store(database.configThrough(proxy.port()));
      var prepared = prepare(database.store(), newId(), payments(1, 10));
      try (var session = open(store, new ArrayList<>())) {
        await().until(this::isDetached);
        proxy.loseReplyTo("XA COMMIT");
        assertThatThrownBy(() -> session.commit(prepared.id()))
            .isInstanceOfSatisfying(
                StoreException.class,
                e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.AMBIGUOUS));
        assertThat(session.commit(prepared.id())).isEqualTo(Verdict.COMMITTED);
      }
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(10);
  }

  /** Only the session's connection is left. */
  private boolean isDetached() {
    return database
        .superuserColumn(
            "SELECT count(*) FROM information_schema.processlist WHERE db = '%s'"
                .formatted(database.database().name()))
        .equals(List.of("1"));
  }
}
