package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static io.onceflow.tool.TestEpochs.id;
import static io.onceflow.tool.ToolDatabase.RUN;
import static io.onceflow.tool.ToolDatabase.SINK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.DecisionRegister;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settling by the decision register of THREE_PHASE, on a real PostgreSQL. */
class ResolveByRegisterIT {

  private static final SinkId SINK_ID = new SinkId(SINK);
  private static final String GATHERER = "g1";

  @TempDir Path directory;
  private ToolDatabase database;
  private PostgresDecisionRegisters registers;
  private DecisionRegister register;

  /** A job whose sink has committed checkpoint 7, and has the register open. */
  @BeforeEach
  void create() throws Exception {
    database = ToolDatabase.create(directory);
    database.script("register.sql", "register-roles.sql");
    database.sql("CREATE TABLE payments (id bigint PRIMARY KEY)");
    database.sink(7);
    database.marker(7, 1, 3_600);
    var server = database.database().server();
    registers =
        PostgresDecisionRegisters.at(
            PostgresConfig.loopback(
                server.port(),
                database.database().name(),
                server.jobUser(),
                Secret.fromFile(server.passwordFile().toString())));
    Files.writeString(database.config(), threePhase(Files.readString(database.config())));
    register = registers.connect(SINK, SINK_ID, RUN);
    register.open(claim(RUN, 7));
  }

  private String threePhase(String yaml) {
    var server = database.database().server();
    return yaml.replace(
        "  scope: sink\n",
        """
          scope: sink
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
                server.port(), database.database().name(), server.jobUser(), server.passwordFile())
            .indent(0));
  }

  private static RegisterClaim claim(String run, long restored) {
    return new RegisterClaim(SINK, SINK_ID, run, GATHERER, restored, OnRewind.FAIL);
  }

  @AfterEach
  void rollBackWhatIsPrepared() {
    CrashPoints.disarmAll();
    register.close();
    prepared().forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
  }

  private List<String> prepared() {
    return database.column(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid");
  }

  private List<String> payments() {
    return database.column("SELECT id FROM payments ORDER BY id");
  }

  /** The test's own session of the register says nothing of the sink. */
  private ToolResult resolve(String... more) {
    var arguments = new ArrayList<>(List.of("resolve"));
    arguments.addAll(List.of(more));
    return ToolResult.run(database, arguments.toArray(String[]::new));
  }

  private void prepare(long sequence) {
    database.prepareWithMarker(
        id(sequence), "INSERT INTO payments VALUES (%d)".formatted(sequence));
  }

  private Epoch voted(Epoch epoch) throws StoreException {
    epoch
        .transactions()
        .forEach(
            transaction -> {
              var parts = transaction.id().split("\\.");
              prepare(Long.parseLong(parts[parts.length - 1]));
            });
    register.vote(epoch);
    return epoch;
  }

  @Test
  void whatIsDecidedIsCommittedWithoutAnyCheckpoint() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8, 9)));
    voted(epoch(9, 8, 10));
    prepare(11);
    assertThat(ToolResult.run(database, "in-doubt").out())
        .contains(
            "for checkpoint 8, decided COMMIT", "for checkpoint 9, undecided", "none, undecided");

    try (var job = database.database().connect();
        var statement = job.createStatement()) {
      statement.execute("SET application_name = 'onceflow/%s'".formatted(SINK));
      assertThat(resolve().exit()).as("the job is connected").isEqualTo(4);
      assertThat(resolve("--even-if-alive").exit()).isZero();
      // Its end need not have reached the server's list when the connection is closed.
      statement.execute("SET application_name = ''");
    }
    assertThat(resolve().out()).contains("by the decision register", "PLANNED");
    assertThat(prepared()).hasSize(4);
    var result = resolve("--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("flink run -s /checkpoints/chk-8");
    assertThat(payments()).containsExactly("8", "9");
    assertThat(prepared()).isEmpty();
    assertThat(database.column("SELECT state || cut_checkpoint_id FROM onceflow.register_pipeline"))
        .containsExactly("CLOSED8");
    assertThat(
            database.column(
                "SELECT verdict FROM onceflow.register_decision WHERE transaction_id IN ('%s', '%s')"
                    .formatted(id(10), id(11))))
        .containsExactly("ABORT", "ABORT");
  }

  @Test
  void afterwardsTheJobStartsFromTheCutAndFromNowhereElse() throws Exception {
    var eight = voted(epoch(8, 7, 8));
    register.decideCommit(eight);
    voted(epoch(9, 8, 10));
    assertThat(resolve("--execute").exit()).isZero();

    assertThatThrownBy(() -> register.decideCommit(epoch(9, 8, 10)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
    try (var later = registers.connect(SINK, SINK_ID, "later-run")) {
      assertThatThrownBy(() -> later.open(claim("later-run", 9)))
          .hasMessageContaining("was closed at checkpoint 8");
      later.open(claim("later-run", 8));
      later.decideCommit(eight);
    }
  }

  @Test
  void aCompletedCheckpointThatNobodyDecidedIsCommittedWhenRegisterAndMetadataAgree()
      throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8)));
    var nine = voted(epoch(9, 8, 9));
    var checkpoint = CheckpointFile.write(directory, 9, epoch(8, 7, 8), nine);

    var result = resolve("--checkpoint", checkpoint.toString(), "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(payments()).containsExactly("8", "9");
    assertThat(database.column("SELECT last_checkpoint_id FROM onceflow.sink"))
        .containsExactly("9");
  }

  @Test
  void disagreementOfRegisterAndMetadataHoldsEverything() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8)));
    voted(epoch(9, 8, 9));
    prepare(10);
    var unvoted = CheckpointFile.write(directory, 9, epoch(9, 8, 9, 10));

    var result = resolve("--checkpoint", unvoted.toString(), "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("names " + id(10) + ", which nobody has reported");
    assertThat(prepared()).hasSize(3);
    var silent = CheckpointFile.write(directory.resolve("other"), 9, epoch(9, 8, 10));
    assertThat(resolve("--checkpoint", silent.toString(), "--execute").out())
        .contains("does not name it");
    assertThat(database.column("SELECT state FROM onceflow.register_pipeline"))
        .containsExactly("OPEN");
  }

  @Test
  void whatNobodyDecidedIsHeldWithoutACheckpoint() throws Exception {
    database.sql(
        "DELETE FROM onceflow.register_participant; DELETE FROM onceflow.register_pipeline");
    register.open(claim(RUN, 0));
    voted(epoch(1, 0, 8));

    var result = resolve("--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("has not decided about any checkpoint yet");
    assertThat(prepared()).hasSize(1);
  }

  @Test
  void aResolverThatDiedAfterClosingIsRunAgain() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8)));
    voted(epoch(9, 8, 9));
    CrashPoints.arm(
        PipelineResolver.AFTER_CLOSE,
        () -> {
          throw new IllegalStateException("Dying after closing");
        });
    assertThat(resolve("--execute").err()).contains("Dying after closing");
    CrashPoints.disarmAll();
    assertThat(prepared()).hasSize(2);

    var again = resolve("--execute");

    assertThat(again.exit()).as(again.out() + again.err()).isZero();
    assertThat(payments()).containsExactly("8");
    assertThat(prepared()).isEmpty();
  }

  @Test
  void aDecidedTransactionThatIsGoneIsLost() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8, 9)));
    database.administer("ROLLBACK PREPARED '%s'".formatted(id(8)));

    var result = resolve("--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("LOST: " + id(8));
    assertThat(prepared()).containsExactly(id(9));
  }

  @Test
  void aSinkThatIsNotOfThePipelineIsHeldAndNobodyElseIsSettled() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8)));
    database.sql(
        """
        INSERT INTO onceflow.sink (sink_id, lineage, owner_run, last_checkpoint_id, last_restore_path)
        SELECT 'another', lineage, owner_run, last_checkpoint_id, last_restore_path FROM onceflow.sink
        """);

    var result = resolve("--sink", "another", "--set", "sink.pipeline=" + SINK, "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isEqualTo(3);
    assertThat(result.out()).contains("Sink 'another' has reported nothing to pipeline 'payments'");
    assertThat(prepared()).containsExactly(id(8));
    assertThat(database.column("SELECT state FROM onceflow.register_pipeline"))
        .containsExactly("OPEN");
  }

  @Test
  void aNewerCheckpointBesideTheNamedOneHoldsThePipeline() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8)));
    var older = CheckpointFile.write(directory, 8, epoch(8, 7, 8));
    CheckpointFile.write(directory, 9, epoch(9, 8, 9));

    var result = resolve("--checkpoint", older.resolve("_metadata").toString(), "--execute");

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).contains("chk-9", "is newer");
    assertThat(database.column("SELECT state FROM onceflow.register_pipeline"))
        .containsExactly("OPEN");
  }

  @Test
  void whatWasDecidedInAHistoryThatTheSinkHasLeftIsCommitted() throws Exception {
    register.decideCommit(voted(epoch(8, 7, 8)));
    database.sql(
        "UPDATE onceflow.sink SET lineage = '33333333-3333-3333-3333-333333333333'; "
            + "UPDATE onceflow.run SET lineage = '33333333-3333-3333-3333-333333333333'");
    prepare(9);

    var result = resolve("--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(payments()).containsExactly("8");
    assertThat(prepared()).isEmpty();
  }

  @Test
  void aSinkThatOnlyAnEarlierGenerationHadDoesNotHold() throws Exception {
    var nine = voted(epoch(9, 7, 9));
    var removed = "of.removed.%s.0.5".formatted(ToolDatabase.WRITER);
    database.sql(
        """
        INSERT INTO onceflow.register_vote SELECT (jsonb_populate_record(v, jsonb_build_object(
          'transaction_id', '%s', 'sink_id', 'removed', 'checkpoint_id', 5, 'gatherer', 'g0', 'fence', fence - 1))).*
        FROM onceflow.register_vote v WHERE transaction_id = '%s'
        """
            .formatted(removed, id(9)));
    var checkpoint = CheckpointFile.write(directory, 9, nine);

    var result = resolve("--checkpoint", checkpoint.toString(), "--execute");

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(payments()).containsExactly("9");
    assertThat(
            database.column(
                "SELECT verdict FROM onceflow.register_decision WHERE transaction_id = '%s'"
                    .formatted(removed)))
        .containsExactly("ABORT");
  }
}
