package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static io.onceflow.tool.TestEpochs.id;
import static io.onceflow.tool.ToolDatabase.RUN;
import static io.onceflow.tool.ToolDatabase.SINK;
import static io.onceflow.tool.ToolDatabase.WRITER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All commands on a real MariaDB, with checkpoints as Flink writes them. */
class MariaDbToolIT {

  private static final String THEIRS = "'theirs','x'";
  private static final String SIMILAR = "'of.payments-2','%s.0.8'".formatted(WRITER);

  /** Of the sink of the same name that another Onceflow database on the server has. */
  private static final String NAMESAKE = "'of.payments','%s.1.9',77".formatted(WRITER);

  @TempDir Path directory;
  private MariaDbToolDatabase database;

  /** The job's newest epoch is that of checkpoint 7, an hour ago. */
  @BeforeEach
  void create() {
    database = MariaDbToolDatabase.create(directory);
    database.sink(7);
    database.marker(6, 3_610);
    database.marker(7, 3_600);
    database.sql(
        "INSERT INTO payments (id, epoch) SELECT checkpoint_id, epoch FROM onceflow.marker");
  }

  @AfterEach
  void rollBackWhatIsPrepared() {
    database.prepared().forEach(xid -> database.sql("XA ROLLBACK " + xid));
  }

  private List<String> payments() {
    return database.column("SELECT id FROM payments ORDER BY id");
  }

  private String owner() {
    return database.column("SELECT owner_run FROM onceflow.sink").get(0);
  }

  private ToolResult resolve(Path checkpoint, String... more) {
    var arguments = new ArrayList<>(List.of("resolve", "--checkpoint", checkpoint.toString()));
    arguments.addAll(List.of(more));
    return database.tool(arguments.toArray(String[]::new));
  }

  private Path checkpoint(Epoch... epochs) throws Exception {
    return CheckpointFile.write(directory, epochs[epochs.length - 1].checkpointId(), epochs);
  }

  @Test
  void theServerTheSinkAndItsMarkersAreShown() {
    var preflight = database.tool("preflight", "--strategy", "prepared");
    assertThat(preflight.exit()).as(preflight.out() + preflight.err()).isZero();
    assertThat(preflight.out())
        .contains("MariaDB at 127.0.0.1:", "version = ", "GRANT PROCESS to see it", "Ready.");

    var markers = database.tool("markers", "--store", "mariadb");
    assertThat(markers.exit()).as(markers.err()).isZero();
    assertThat(markers.out()).contains("Sink payments", RUN, "/checkpoints/chk-7", "current");

    var newest = database.tool("markers", "--json").json().at("/sinks/0/markers/0");
    assertThat(newest.at("/checkpointId").asLong()).isEqualTo(7);
    assertThat(newest.at("/rowsByTarget/payments").asLong()).isEqualTo(1);
  }

  @Test
  void aServerThatIsNotReadySaysWhy() {
    database.sql("DROP TABLE onceflow.audit");

    var result = database.tool("preflight");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.out()).contains("PROBLEM", "audit", "onceflow-mariadb.sql");
  }

  @Test
  void whatIsInDoubtIsExplainedAsFarAsMariaDbShowsIt() {
    database.prepareWithMarker(8);
    database.prepare(THEIRS, "INSERT INTO payments (id, epoch) VALUES (80, 0)");
    database.prepare(NAMESAKE, "INSERT INTO payments (id, epoch) VALUES (81, 0)");

    var result = database.tool("in-doubt", "--foreign");

    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("1 transaction(s) in doubt.", id(8), "sink payments, writer " + WRITER)
        .contains("payments (1 rows, as its marker says)", "s ago", "onceflow resolve --sink")
        .contains("'theirs','x',1", NAMESAKE, "not shown by the store")
        .contains("at a time that the store does not show");
    var json = database.tool("in-doubt", "--json").json();
    assertThat(json.at("/inDoubt")).hasSize(1);
    assertThat(json.at("/inDoubt/0/ageMs").asLong()).isBetween(0L, 600_000L);
    assertThat(json.at("/inDoubt/0/owner").isNull()).isTrue();
  }

  @Test
  void whoWaitsIsShownToAnAccountWithTheRightToSeeIt() throws Exception {
    database.prepareWithMarker(8);
    var server = database.database().server();
    server.sqlAsSuperuser("GRANT PROCESS ON *.* TO '%s'@'127.0.0.1'".formatted(server.jobUser()));
    try (var connection = database.database().connect();
        var statement = connection.createStatement()) {
      var waiting =
          CompletableFuture.runAsync(
              () -> {
                try {
                  statement.execute("DELETE FROM payments WHERE id = 8");
                } catch (java.sql.SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await()
          .untilAsserted(
              () ->
                  assertThat(database.tool("in-doubt").out())
                      .contains("waited for", "lock X on a row of", "`payments`"));
      database.sql("XA ROLLBACK " + database.prepared().get(0));
      waiting.get();
    } finally {
      server.sqlAsSuperuser(
          "REVOKE PROCESS ON *.* FROM '%s'@'127.0.0.1'".formatted(server.jobUser()));
    }
  }

  @Test
  void theNewestCheckpointDecidesAndTheJobIsFenced() throws Exception {
    database.prepare(THEIRS, "INSERT INTO payments (id, epoch) VALUES (80, 0)");
    database.prepare(SIMILAR, "INSERT INTO payments (id, epoch) VALUES (81, 0)");
    database.prepare(NAMESAKE, "INSERT INTO payments (id, epoch) VALUES (82, 0)");
    var others = database.prepared();
    for (var sequence = 8; sequence <= 10; sequence++) {
      database.prepareWithMarker(sequence);
    }
    var checkpoint = checkpoint(epoch(8, 7, 8, 9));

    var plan = resolve(checkpoint);
    assertThat(plan.exit()).as(plan.out() + plan.err()).isZero();
    assertThat(plan.out()).contains("PLANNED: nothing was changed", "roll back");
    assertThat(database.prepared()).hasSize(6);
    assertThat(owner()).isEqualTo(RUN);

    var result = resolve(checkpoint, "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("SETTLED", "The only legal restart");
    assertThat(payments()).containsExactly("6", "7", "8", "9");
    assertThat(database.prepared()).hasSize(3).containsExactlyInAnyOrderElementsOf(others);
    assertThat(owner()).startsWith("resolver-");
    assertThat(
            database.column("SELECT concat(action, ' ', subject) FROM onceflow.audit ORDER BY id"))
        .containsExactly(
            "fence sink payments",
            "decide checkpoint 8",
            "commit " + id(8),
            "commit " + id(9),
            "finish checkpoint 8",
            "roll-back " + id(10));
    assertThat(
            database.column(
                "SELECT checkpoint_id FROM onceflow.marker WHERE transaction_id = '%s'"
                    .formatted(id(9))))
        .containsExactly("8");
    assertThat(database.tool("markers", "--audit").out()).contains("roll-back", "resolver-");

    var again = resolve(checkpoint, "--execute", "--json");
    assertThat(again.exit()).as(again.out()).isZero();
    assertThat(again.json().at("/verdict").asText()).isEqualTo("nothing to settle");

    var verify = database.tool("verify");
    assertThat(verify.exit()).as(verify.out()).isZero();
    assertThat(verify.out()).contains("EQUAL: the tables hold what the markers say.");
  }

  @Test
  void theRegisterDecidesWithoutAnyCheckpoint() throws Exception {
    var other = ToolDatabase.create(Files.createDirectories(directory.resolve("register")));
    other.script("register.sql", "register-roles.sql");
    var server = other.database().server();
    var config =
        PostgresConfig.loopback(
            server.port(),
            other.database().name(),
            server.jobUser(),
            Secret.fromFile(server.passwordFile().toString()));
    database.configure(
        """
          protocol: three-phase
          register:
            host: 127.0.0.1
            port: %d
            database: %s
            user: %s
            password-file: %s
            ssl-mode: disable
        """
            .formatted(
                server.port(), other.database().name(), server.jobUser(), server.passwordFile()));
    var sinkId = new SinkId(SINK);
    database.prepareWithMarker(8);
    database.prepareWithMarker(9);
    try (var register = PostgresDecisionRegisters.at(config).connect(SINK, sinkId, RUN)) {
      register.open(new RegisterClaim(SINK, sinkId, RUN, "g1", 7, OnRewind.FAIL));
      register.vote(epoch(8, 7, 8));
      register.decideCommit(epoch(8, 7, 8));
    }
    assertThat(database.tool("in-doubt").out())
        .contains("for checkpoint 8, decided COMMIT", "none, undecided");

    var result = database.tool("resolve", "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(payments()).containsExactly("6", "7", "8");
    assertThat(database.prepared()).isEmpty();
  }

  @Test
  void whileTheJobSeemsToBeAliveItIsRefused() throws Exception {
    database.prepareWithMarker(8);
    database.marker(5, 1);

    var result = resolve(checkpoint(epoch(8, 7, 8)), "--execute");

    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.out()).contains("ALIVE", "REFUSED", "Nothing was changed");
    assertThat(database.prepared()).hasSize(1);
    assertThat(owner()).isEqualTo(RUN);
  }

  @Test
  void aTransactionThatIsGoneIsALossAndAnOddNameHoldsEverything() throws Exception {
    database.prepareWithMarker(8);
    var checkpoint = checkpoint(epoch(8, 7, 8, 9));
    var lost = resolve(checkpoint, "--execute");
    assertThat(lost.exit()).isEqualTo(3);
    assertThat(lost.out()).contains("LOST: " + id(9), "nothing was decided");

    database.prepare("'of.payments','odd'", "INSERT INTO payments (id, epoch) VALUES (80, 0)");
    var held = resolve(checkpoint, "--execute");
    assertThat(held.exit()).isEqualTo(3);
    assertThat(held.out()).contains("of.payments.odd", "is not explained");
    assertThat(database.prepared()).hasSize(2);
    assertThat(owner()).isEqualTo(RUN);
  }

  @Test
  void missingAndOtherRowsAreFoundWhereItIsCertain() {
    database.sql("DELETE FROM payments WHERE id = 6");
    var missing = database.tool("verify");
    assertThat(missing.exit()).as(missing.out()).isZero();
    assertThat(missing.out())
        .contains("not checkable", "Appends or upserts?")
        .doesNotContain("EQUAL:");

    // A transaction that was prepared has written here, so the sink appends.
    database.sql("UPDATE onceflow.marker SET decision_id = 'x' WHERE checkpoint_id = 7");
    var appended = database.tool("verify");
    assertThat(appended.exit()).isEqualTo(1);
    assertThat(appended.out()).contains("DIFFERENT", "Rows are missing.");

    database.sql("INSERT INTO payments (id, epoch) VALUES (6, 1), (60, 1)");
    assertThat(database.tool("verify").out()).contains("There are more rows than were committed.");

    database.sql("ALTER TABLE payments DROP COLUMN epoch");
    var total = database.tool("verify", "--json").json().at("/sinks/0/checks/0");
    assertThat(total.at("/epoch").isNull()).isTrue();
    assertThat(total.at("/expectedRows").asLong()).isEqualTo(2);
    assertThat(total.at("/actualRows").asLong()).isEqualTo(3);
    assertThat(total.at("/state").asText()).isEqualTo("DIFFERENT");
  }

  /** As {@code RejectedRows} writes them: one that fits by now, one that does not, one of text. */
  private void deadLetters() {
    database.sql(
        """
        INSERT INTO onceflow.dead_letter (sink_id, epoch, target, code, reason, row_text) VALUES
          ('payments', 2, 'payments', '4025', 'r', JSON_OBJECT('id', '70', 'amount', '5', 'proof', '00FF')),
          ('payments', 2, 'payments', '4025', 'r', JSON_OBJECT('id', '71', 'amount', '-1', 'proof', NULL)),
          ('payments', 2, 'payments', '22003', 'r', 'Payment[id=72]');
        """);
  }

  @Test
  void rejectedRowsAreReplayedAllOrNoneOrDiscarded() {
    deadLetters();
    assertThat(database.tool("dead-letters", "list").out()).contains("3 row(s).", "4025");
    var refused = database.tool("dead-letters", "replay", "1", "2", "--execute");
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains("Dead letter 2 is refused again", "Nothing was replayed");
    assertThat(payments()).containsExactly("6", "7");
    assertThat(database.tool("dead-letters", "replay", "3", "--execute").err())
        .contains("not a row");

    var replayed = database.tool("dead-letters", "replay", "1", "--execute");

    assertThat(replayed.exit()).as(replayed.err()).isZero();
    assertThat(
            database.column(
                "SELECT concat(id, ' ', amount, ' ', hex(proof), ' ', epoch) FROM payments WHERE id = 70"))
        .containsExactly("70 5 00FF 2");
    assertThat(database.tool("dead-letters", "replay", "1", "--execute").err())
        .contains("replayed at");
    assertThat(
            database.tool("dead-letters", "discard", "2", "--reason", "test", "--execute").exit())
        .isZero();
    assertThat(database.tool("dead-letters", "list").out()).contains("1 row(s).");
    assertThat(database.column("SELECT action FROM onceflow.audit ORDER BY id"))
        .containsExactly("replay", "discard");
  }

  @Test
  void oldRunsAndMarkersGoOnlyWhenTold() {
    database.sql(
        """
        INSERT INTO onceflow.run (sink_id, run_id, lineage, claimed_at) VALUES
          ('payments', 'old-1', 'l', utc_timestamp(6) - INTERVAL 3 DAY),
          ('payments', 'old-2', 'l', utc_timestamp(6) - INTERVAL 2 DAY)
        """);
    String[] gc = {"gc", "--keep-runs", "2", "--keep-markers", "1"};
    assertThat(database.tool(gc).out()).contains("Nothing was removed");
    assertThat(database.column("SELECT 1 FROM onceflow.marker")).hasSize(2);

    var result = database.tool("gc", "--keep-runs", "2", "--keep-markers", "1", "--execute");

    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(database.column("SELECT run_id FROM onceflow.run ORDER BY claimed_at"))
        .containsExactly("old-2", RUN);
    assertThat(database.column("SELECT checkpoint_id FROM onceflow.marker")).containsExactly("7");
    assertThat(database.column("SELECT low_water_checkpoint_id FROM onceflow.sink"))
        .containsExactly("6");
  }

  @Test
  void aServerThatIsNotThereIsASentence() {
    var result = database.tool("markers", "--set", "mariadb.port=1");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("Reading the sinks failed").doesNotContain("\tat ");
  }
}
