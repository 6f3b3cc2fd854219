package io.onceflow.tool;

import static io.onceflow.tool.ToolDatabase.RUN;
import static io.onceflow.tool.ToolDatabase.SINK;
import static io.onceflow.tool.ToolDatabase.WRITER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that only look, against a real PostgreSQL. */
class LookIT {

  private static final String OWN = "of.%s.%s.1.7".formatted(SINK, WRITER);
  private static final String SIMILAR = "of.%s-2.%s.1.7".formatted(SINK, WRITER);

  @TempDir Path directory;
  private ToolDatabase database;

  @BeforeEach
  void create() {
    database = ToolDatabase.create(directory);
    database.sql("CREATE TABLE payments (id bigint PRIMARY KEY, amount bigint NOT NULL)");
  }

  /** The server is shared: what is prepared counts against its limit. */
  @AfterEach
  void rollBackWhatIsPrepared() {
    database
        .column("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
        .forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
  }

  @Test
  void aDatabaseThatIsReadyPassesThePreflight() {
    var result = ToolResult.run(database, "preflight", "--strategy", "prepared");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("max_prepared_transactions = 64", "fsync = on", "Ready.");
    assertThat(ToolResult.run(database, "preflight", "--json").json().get("ready").asBoolean())
        .isTrue();
  }

  @Test
  void allThatIsMissingIsReportedAtOnce() {
    database.sql("DROP TABLE onceflow.dead_letter, onceflow.audit");

    var result = ToolResult.run(database, "preflight", "--json");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.json().get("problems"))
        .hasSize(2)
        .anyMatch(problem -> problem.asText().contains("Table onceflow.dead_letter"))
        .anyMatch(problem -> problem.asText().contains("Table onceflow.audit"));
  }

  @Test
  void markersShowWhatIsCommittedNewestFirst() {
    database.sink(4);
    for (var checkpoint = 1; checkpoint <= 4; checkpoint++) {
      database.marker(checkpoint, 10 * checkpoint, 600 - checkpoint);
    }

    var result = ToolResult.run(database, "markers", "--last", "2");

    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("Sink payments", RUN, "restore path     /checkpoints/chk-4", "none pruned");
    assertThat(result.out().lines())
        .allMatch(line -> line.length() <= Table.WIDTH)
        .anyMatch(line -> line.matches("\\s*4\\s+4\\s+0\\s+40\\s.*current"))
        .anyMatch(line -> line.matches("\\s*3\\s+3\\s+0\\s+30\\s.*"))
        .noneMatch(line -> line.matches("\\s*2\\s+2\\s+0\\s+20\\s.*"));
    var json = ToolResult.run(database, "markers", "--json").json();
    assertThat(json.at("/sinks/0/markers")).hasSize(4);
    assertThat(json.at("/sinks/0/markers/0/rowsByTarget/public.payments").asLong()).isEqualTo(40);
    assertThat(json.at("/sinks/0/sink/lastCheckpointId").asLong()).isEqualTo(4);
  }

  @Test
  void anUnknownSinkIsAMistakeThatNamesTheKnownOnes() {
    database.sink(1);

    var result = ToolResult.run(database, "markers", "--sink", "payment");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("never heard of sink 'payment'", "it knows payments");
  }

  @Test
  void aPreparedTransactionIsExplainedWithItsLocksAndWhoWaitsForIt() throws Exception {
    database.sink(4);
    database.sql("INSERT INTO payments VALUES (1, 1)");
    database.prepare(OWN, "UPDATE payments SET amount = 2 WHERE id = 1");
    database.prepare(SIMILAR, "INSERT INTO payments VALUES (5, 5)");
    database.prepare("theirs-" + database.database().name(), "INSERT INTO payments VALUES (6, 6)");
    try (var blocked = database.database().connect();
        var statement = blocked.createStatement()) {
      statement.execute("SET application_name = 'report'");
      var waiting =
          CompletableFuture.runAsync(
              () -> {
                try {
                  statement.execute("UPDATE payments SET amount = 3 WHERE id = 1");
                } catch (java.sql.SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await()
          .untilAsserted(
              () ->
                  assertThat(ToolResult.run(database, "in-doubt").out())
                      .contains("(report, role onceflow)"));

      var result = ToolResult.run(database, "in-doubt");

      assertThat(result.exit()).isZero();
      assertThat(result.out())
          .contains(
              "1 transaction(s) in doubt", OWN, "writer " + WRITER, "subtask 1, transaction 7")
          .contains("payments RowExclusiveLock", "a row it has changed")
          .contains("The job is gone", "onceflow resolve --sink payments")
          .doesNotContain(SIMILAR, "theirs-" + database.database().name());
      database.administer("ROLLBACK PREPARED '%s'".formatted(OWN));
      waiting.join();
    }
  }

  @Test
  void foreignTransactionsAreListedOnRequestOnly() {
    database.prepare("theirs-" + database.database().name(), "INSERT INTO payments VALUES (6, 6)");
    database.prepare(SIMILAR, "INSERT INTO payments VALUES (5, 5)");

    var json = ToolResult.run(database, "in-doubt", "--all-sinks", "--foreign", "--json").json();

    assertThat(json.get("inDoubt")).hasSize(1);
    assertThat(json.at("/inDoubt/0/sinkId").asText()).isEqualTo(SINK + "-2");
    assertThat(json.at("/inDoubt/0/why").asText()).contains("no record of");
    assertThat(json.get("foreign"))
        .anyMatch(
            doubt ->
                doubt.get("transactionId").asText().equals("theirs-" + database.database().name())
                    && doubt.get("wayOut").asText().contains("never touches"));
  }

  @Test
  void aJobThatSeemsAliveIsLeftToSettleItself() {
    database.sink(4);
    database.marker(4, 10, 1);
    database.prepare(OWN, "INSERT INTO payments VALUES (5, 5)");

    assertThat(ToolResult.run(database, "in-doubt").out())
        .contains("the job seems to be alive", "Nothing to do");
  }

  @Test
  void aPasswordOnTheCommandLineIsRefusedAndNotRepeated() {
    var result = ToolResult.run(database, "markers", "--set", "postgres.password=hunter2");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.out() + result.err()).contains("postgres.password").doesNotContain("hunter2");
  }

  @Test
  void aServerThatDoesNotAnswerIsAConnectionMistake() throws Exception {
    var yaml = Files.readString(database.config()).replaceFirst("port: \\d+", "port: 1");
    Files.writeString(database.config(), yaml);

    var result = ToolResult.run(database, "markers");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("Reading the sinks failed").doesNotContain("\tat ");
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    var commands = new picocli.CommandLine(new ToolMain()).getSubcommands().keySet();
    assertThat(commands).contains("preflight", "markers", "in-doubt", "dead-letters", "gc");
    for (var command : commands) {
      var help = ToolResult.run(command, "--help");
      assertThat(help.exit()).isZero();
      assertThat(help.out()).contains("Example", "onceflow " + command);
      assertThat(help.out().lines()).allMatch(line -> line.length() <= Table.WIDTH);
    }
    for (var letters : Arrays.asList("list", "explain", "replay", "discard")) {
      assertThat(ToolResult.run("dead-letters", letters, "--help").out())
          .contains("onceflow dead-letters " + letters, "--config");
    }
  }
}
