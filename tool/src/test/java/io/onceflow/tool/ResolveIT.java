package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static io.onceflow.tool.TestEpochs.id;
import static io.onceflow.tool.TestEpochs.staged;
import static io.onceflow.tool.ToolDatabase.RUN;
import static io.onceflow.tool.ToolDatabase.SINK;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settling without the job, against a real PostgreSQL and checkpoints as Flink writes them. */
class ResolveIT {

  @TempDir Path directory;
  private ToolDatabase database;
  private String foreign;

  /** The job's newest epoch is that of checkpoint 7, an hour ago. */
  @BeforeEach
  void create() {
    database = ToolDatabase.create(directory);
    database.sql(
        """
        CREATE TABLE payments (id bigint PRIMARY KEY,
          epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint)
        """);
    database.sink(7);
    database.marker(6, 1, 3_610);
    database.marker(7, 1, 3_600);
    foreign = "theirs-%s".formatted(database.database().name());
  }

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  @AfterEach
  void rollBackWhatIsPrepared() {
    prepared().forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
  }

  private List<String> prepared() {
    return database.column(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid");
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
    return ToolResult.run(database, arguments.toArray(String[]::new));
  }

  /** A writer's transaction with one row, whose key is its sequence. */
  private void prepare(long sequence) {
    database.prepareWithMarker(
        id(sequence), "INSERT INTO payments VALUES (%d)".formatted(sequence));
  }

  private Path checkpoint(Epoch... epochs) throws Exception {
    return CheckpointFile.write(directory, epochs[epochs.length - 1].checkpointId(), epochs);
  }

  @Test
  void withoutExecuteThePlanIsShownAndNothingIsChanged() throws Exception {
    prepare(8);
    prepare(9);

    var result = resolve(checkpoint(epoch(8, 7, 8)));

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out())
        .contains(id(8), "commit     epoch of checkpoint 8, 1 rows: checkpoint 8 contains it")
        .contains(id(9), "roll back", "PLANNED: nothing was changed")
        .contains("The only legal restart: flink run -s " + directory.resolve("chk-8"));
    assertThat(prepared()).containsExactly(id(8), id(9));
    assertThat(owner()).isEqualTo(RUN);
    assertThat(database.column("SELECT 1 FROM onceflow.audit")).isEmpty();
  }

  @Test
  void theNewestCheckpointDecidesAndTheJobIsFenced() throws Exception {
    prepare(8);
    prepare(9);
    prepare(10);
    var similar = id(8).replace(SINK, SINK + "-2");
    database.prepare(similar, "SELECT 1");
    database.prepare(foreign, "SELECT 1");

    var result = resolve(checkpoint(epoch(8, 7, 8, 9)), "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("SETTLED", "The only legal restart");
    assertThat(payments()).containsExactly("8", "9");
    assertThat(prepared()).containsExactlyInAnyOrder(similar, foreign);
    assertThat(owner()).startsWith("resolver-");
    assertThat(database.column("SELECT last_checkpoint_id FROM onceflow.sink"))
        .containsExactly("8");
    assertThat(database.column("SELECT action || ' ' || subject FROM onceflow.audit ORDER BY id"))
        .containsExactly(
            "fence sink payments",
            "decide checkpoint 8",
            "commit " + id(8),
            "commit " + id(9),
            "finish checkpoint 8",
            "roll-back " + id(10));
    assertThat(result.out())
        .contains("DONE     Sink 'payments' was taken from the job's run")
        .contains("DONE     Transaction %s was committed.".formatted(id(9)));
    assertThat(
            database.column(
                "SELECT checkpoint_id FROM onceflow.marker WHERE transaction_id = '%s'"
                    .formatted(id(9))))
        .containsExactly("8");

    var again = resolve(directory.resolve("chk-8"), "--execute");
    assertThat(again.exit()).as(again.out()).isZero();
    assertThat(again.out()).contains("Nothing of this sink is in doubt");
    assertThat(payments()).containsExactly("8", "9");
  }

  @Test
  void aResolverThatWasStoppedHalfWayIsRunAgain() throws Exception {
    prepare(8);
    prepare(9);
    prepare(10);
    var checkpoint = checkpoint(epoch(8, 7, 8, 9));
    // As if it had been killed after the first commit: the epoch is decided, the rest is prepared.
    database.sql("UPDATE onceflow.sink SET last_checkpoint_id = 8, owner_run = 'resolver-killed'");
    database.sql(
        "INSERT INTO onceflow.decision (transaction_id, sink_id, lineage, checkpoint_id) VALUES ('%s', '%s', '%s', 8)"
            .formatted(epoch(8, 7, 8).transactionId(), SINK, ToolDatabase.LINEAGE));
    database.administer("COMMIT PREPARED '%s'".formatted(id(8)));

    var result = resolve(checkpoint, "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("committed before, as its marker proves");
    assertThat(payments()).containsExactly("8", "9");
    assertThat(prepared()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        Resolver.AFTER_FENCE,
        Resolver.AFTER_DECIDE,
        Resolver.COMMIT_MIDDLE,
        Resolver.BEFORE_FINISH,
        Resolver.ROLL_BACK_MIDDLE
      })
  void aResolverThatDiesAnywhereIsSimplyRunAgain(String point) throws Exception {
    for (var sequence = 8; sequence <= 11; sequence++) {
      prepare(sequence);
    }
    var checkpoint = checkpoint(epoch(8, 7, 8, 9));
    CrashPoints.arm(
        point,
        () -> {
          throw new IllegalStateException("Dying at " + point);
        });
    var first = resolve(checkpoint, "--execute");
    CrashPoints.disarmAll();
    assertThat(first.err()).contains("Dying at " + point);

    var second = resolve(checkpoint, "--execute");

    assertThat(second.exit()).as(second.out() + second.err()).isZero();
    assertThat(payments()).containsExactly("8", "9");
    assertThat(prepared()).isEmpty();
    assertThat(
            database.column(
                "SELECT checkpoint_id FROM onceflow.marker WHERE transaction_id = '%s'"
                    .formatted(id(9))))
        .containsExactly("8");
  }

  @Test
  void aResolverThatWasFencedByAnotherRollsNothingBack() throws Exception {
    prepare(8);
    prepare(9);
    var checkpoint = checkpoint(epoch(8, 7, 8));
    CrashPoints.arm(
        Resolver.BEFORE_FINISH,
        () -> database.sql("UPDATE onceflow.sink SET owner_run = 'resolver-another'"));

    var result = resolve(checkpoint, "--execute");
    CrashPoints.disarmAll();

    assertThat(result.exit()).isEqualTo(3);
    assertThat(prepared()).containsExactly(id(9));
  }

  @Test
  void aLostTransactionIsToldAndHoldsTheOthers() throws Exception {
    prepare(8);

    var result = resolve(checkpoint(epoch(8, 7, 8, 9)), "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("LOST: " + id(9), "its rows are lost", "HELD");
    assertThat(prepared()).containsExactly(id(8));
    assertThat(owner()).isEqualTo(RUN);
    assertThat(result.out()).contains("a checkpoint before 8 with on-rewind: accept-duplicates");
  }

  @Test
  void aTransactionThatGetsLostDuringTheActStopsItAndItsEpochIsNotFinished() throws Exception {
    prepare(8);
    prepare(9);
    prepare(10);
    prepare(11);
    CrashPoints.arm(
        Resolver.COMMIT_MIDDLE,
        () -> database.administer("ROLLBACK PREPARED '%s'".formatted(id(9))));

    var result = resolve(checkpoint(epoch(8, 7, 8, 9, 10)), "--execute");
    CrashPoints.disarmAll();

    assertThat(result.exit()).as(result.out() + result.err()).isEqualTo(3);
    assertThat(result.out())
        .contains("LOST: " + id(9), "on-rewind: accept-duplicates")
        .contains("DONE     Transaction %s was committed.".formatted(id(8)))
        .doesNotContain("The only legal restart");
    assertThat(payments()).containsExactly("8");
    assertThat(prepared()).containsExactly(id(10), id(11));
    assertThat(database.column("SELECT action || ' ' || subject FROM onceflow.audit ORDER BY id"))
        .endsWith("lost " + id(9));
  }

  @Test
  void freshMarkersAreASignOfLifeAndRefuse() throws Exception {
    database.marker(8, 1, 2);
    prepare(9);

    var result = resolve(checkpoint(epoch(9, 8, 9)), "--execute", "--json");

    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.json().get("verdict").asText()).isEqualTo("refused");
    assertThat(result.json().at("/signsOfLife/0").asText()).contains("newest marker");
    assertThat(prepared()).containsExactly(id(9));
    assertThat(owner()).isEqualTo(RUN);
  }

  @Test
  void anOpenConnectionOfASinkIsASignOfLifeAndRefuses() throws Exception {
    prepare(8);
    try (var job = database.database().connect();
        var statement = job.createStatement()) {
      statement.execute("SET application_name = 'onceflow/another'");
      assertThat(resolve(checkpoint(epoch(8, 7, 8))).exit()).as("another sink's").isZero();

      statement.execute("SET application_name = 'onceflow/%s-2'".formatted(SINK));
      assertThat(resolve(directory.resolve("chk-8")).exit()).as("of a longer id").isZero();
      statement.execute("SET application_name = 'onceflow'");
      assertThat(resolve(directory.resolve("chk-8")).exit()).as("anybody's").isZero();

      for (var name : List.of("onceflow/" + SINK + "/writer", "onceflow/" + SINK)) {
        statement.execute("SET application_name = '%s'".formatted(name));
        var result = resolve(directory.resolve("chk-8"), "--execute");
        assertThat(result.exit()).as(name).isEqualTo(4);
        assertThat(result.out()).contains("calls itself '%s'".formatted(name), "REFUSED");
      }
      assertThat(prepared()).containsExactly(id(8));

      assertThat(resolve(directory.resolve("chk-8"), "--execute", "--even-if-alive").exit())
          .isZero();
      assertThat(payments()).containsExactly("8");
    }
  }

  @Test
  void aStaleCheckpointHoldsEverything() throws Exception {
    prepare(60);
    prepare(9);

    var result = resolve(checkpoint(epoch(6, 5, 60)), "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("Checkpoint 6 is older than checkpoint 7", "nothing aborted");
    assertThat(prepared()).hasSize(2);
    assertThat(owner()).isEqualTo(RUN);
  }

  @Test
  void aNewerCheckpointBesideTheNamedOneHoldsEverything() throws Exception {
    prepare(8);
    prepare(9);
    var older = checkpoint(epoch(8, 7, 8));
    checkpoint(epoch(9, 8, 9));

    var result = resolve(older, "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("chk-9", "is newer");
    assertThat(prepared()).hasSize(2);
  }

  @Test
  void aCheckpointThatCannotBeReadHoldsEverything() {
    prepare(8);

    var result = resolve(directory.resolve("chk-8"), "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("cannot be read");
    assertThat(prepared()).hasSize(1);
  }

  @Test
  void aTransactionThatNothingExplainsHoldsEverything() throws Exception {
    prepare(8);
    var odd = "of.%s.by-hand-%s".formatted(SINK, database.database().name());
    database.prepare(odd, "SELECT 1");

    var result = resolve(checkpoint(epoch(8, 7, 8)), "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains(odd + " is not explained");
    assertThat(prepared()).hasSize(2);
  }

  @Test
  void aStagedEpochIsReportedAndLeftToTheJob() throws Exception {
    var result = resolve(checkpoint(staged(8, 7)), "--execute");

    assertThat(result.exit()).as(result.out()).isZero();
    assertThat(result.out())
        .contains("STAGED   the epoch of checkpoint 8 (1 rows) is not applied", "-s " + directory);
    assertThat(owner()).isEqualTo(RUN);
  }

  @Test
  void aSinkOfTheSameIdInAnotherDatabaseNeitherHoldsNorRemains() throws Exception {
    prepare(8);
    var other = ToolDatabase.create(Files.createDirectory(directory.resolve("other")));
    other.prepare(id(9), "SELECT 1");
    try {
      var result = resolve(checkpoint(epoch(8, 7, 8)), "--execute");

      assertThat(result.exit()).as(result.out() + result.err()).isZero();
      assertThat(result.out()).doesNotContain(id(9));
      assertThat(ToolResult.run(database, "in-doubt").out())
          .contains(id(9), "in database " + other.database().name());
    } finally {
      other.administer("ROLLBACK PREPARED '%s'".formatted(id(9)));
    }
  }

  @Test
  void aDoubtAfterTheFenceTellsWhatWasDone() throws Exception {
    prepare(8);
    CrashPoints.arm(
        Resolver.AFTER_FENCE, () -> database.administer("ROLLBACK PREPARED '%s'".formatted(id(8))));

    var result = resolve(checkpoint(epoch(8, 7, 8)), "--execute", "--json");
    CrashPoints.disarmAll();

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.json().get("executed").asBoolean()).isTrue();
    assertThat(result.json().get("done")).hasSize(1);
    assertThat(result.json().at("/done/0").asText()).contains("was taken from the job's run");
    assertThat(result.json().at("/doubts/0").asText()).contains("LOST: " + id(8));
  }

  @Test
  void aSavepointSettlesOnlyWhenItIsConfirmedToBeTheNewest() throws Exception {
    prepare(8);
    var savepoint = directory.resolve("savepoint-1f3a-0123");
    Files.move(checkpoint(epoch(8, 7, 8)), savepoint);

    var result = resolve(savepoint, "--execute");
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("confirm with --newest");
    assertThat(prepared()).hasSize(1);

    assertThat(resolve(savepoint, "--execute", "--newest").exit()).isZero();
    assertThat(payments()).containsExactly("8");
  }
}
