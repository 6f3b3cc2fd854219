package io.onceflow.testbed.chaos.subject;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.chaos.job.Bug;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each bug that is planted in the sink turns an oracle red, and the sound sink stays green under
 * the same fault: the attempt dies at a crash point, or somebody rolls a prepared transaction back.
 */
class SeededBugsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration TAIL_OF_A_BUG = Duration.ofSeconds(8);

  /** Where every attempt's later epochs pass; the first ones are sound, and staged. */
  private static final int HIT = 4;

  private static final int RATE = 300;

  private static Servers servers;
  private static Subject staged;
  private static Subject prepared;
  private static int blocks;

  @TempDir static Path directory;

  private final AtomicInteger faults = new AtomicInteger();

  @BeforeAll
  static void start() {
    servers = new Servers(TestServers.kafka(), directory);
    staged = Subjects.start("postgres-staged", servers);
    prepared = Subjects.start("postgres-prepared", servers);
  }

  @AfterAll
  static void stop() {
    staged.close();
    prepared.close();
  }

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  @Test
  void anEpochWithoutAMarkerShows() throws Exception {
    dieAt(CrashPoints.COMMIT_AFTER_APPLY);
    var found = run(staged, Bug.SKIP_MARKER);
    assertThat(found.dirty()).isPositive();
    assertThat(found.torn()).isPositive();
  }

  @Test
  void anEpochThatIsCommittedTwiceShows() throws Exception {
    dieAt(CrashPoints.COMMIT_AFTER_APPLY);
    var found = run(staged, Bug.COMMIT_TWICE);
    assertThat(found.duplicated()).isPositive();
    // The copy has no marker; that the balances lag shows only to a snapshot at that moment.
    assertThat(found.dirty()).isPositive();
  }

  @Test
  void aSegmentThatIsLeftOutShows() throws Exception {
    dieAt(CrashPoints.COMMIT_AFTER_APPLY);
    var found = run(staged, Bug.DROP_SEGMENT);
    assertThat(found.lost()).isPositive();
    assertThat(found.torn()).isPositive();
  }

  @Test
  void theSoundStagedSinkStaysGreen() throws Exception {
    dieAt(CrashPoints.COMMIT_AFTER_APPLY);
    assertThat(run(staged, Bug.NONE)).isEqualTo(Findings.NONE);
  }

  @Test
  void rowsThatAreCommittedBeforeTheirCheckpointComeTwice() throws Exception {
    dieAt(CrashPoints.GATHER_BEFORE_EMIT);
    var found = run(prepared, Bug.COMMIT_AT_SNAPSHOT);
    assertThat(found.duplicated()).isPositive();
    assertThat(found.dirty()).isPositive();
  }

  @Test
  void theSoundPreparedSinkStaysGreen() throws Exception {
    dieAt(CrashPoints.GATHER_BEFORE_EMIT);
    assertThat(run(prepared, Bug.NONE)).isEqualTo(Findings.NONE);
  }

  @Test
  void rowsOfATransactionThatIsNowhereAreLost() throws Exception {
    var block = new Block(++blocks);
    rollBackAtASnapshot(block);
    assertThat(run(prepared, block, Bug.IGNORE_UNKNOWN).lost()).isPositive();
  }

  @Test
  void theSoundPreparedSinkStopsAndSaysWhatIsMissing() throws Exception {
    var block = new Block(++blocks);
    rollBackAtASnapshot(block);
    prepared.prepare(block);
    try (var truth = prepared.truth(block);
        var sender = prepared.sender(block, truth, block.number());
        var checks = prepared.checks(block, truth)) {
      sender.start(RATE);
      try (var job = start(prepared, block, Bug.NONE)) {
        assertThat(job.awaitFailure()).contains("is LOST");
      }
      var found = checks.check();
      assertThat(found).isEqualTo(Findings.NONE);
    }
  }

  private void dieAt(String point) {
    var hits = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          if (hits.incrementAndGet() == HIT) {
            faults.incrementAndGet();
            throw new IllegalStateException("The attempt dies at " + point + ".");
          }
        });
  }

  private void rollBackAtASnapshot(Block block) {
    var hits = new AtomicInteger();
    CrashPoints.arm(
        CrashPoints.SNAPSHOT_STATE,
        () -> {
          if (hits.incrementAndGet() >= HIT && faults.get() == 0) {
            rollBackAll(block);
          }
        });
  }

  private void rollBackAll(Block block) {
    var server = (PostgresServer) prepared.store();
    try (var connection = server.connect(block.database());
        var statement = connection.createStatement()) {
      var ids = new ArrayList<String>();
      try (var rows =
          statement.executeQuery(
              "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
      for (var id : ids) {
        statement.execute("ROLLBACK PREPARED '%s'".formatted(id));
        faults.incrementAndGet();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Findings run(Subject subject, Bug bug) throws Exception {
    return run(subject, new Block(++blocks), bug);
  }

  private Findings run(Subject subject, Block block, Bug bug) throws Exception {
    subject.prepare(block);
    try (var truth = subject.truth(block);
        var sender = subject.sender(block, truth, block.number());
        var checks = subject.checks(block, truth)) {
      sender.start(RATE);
      try (var job = start(subject, block, bug)) {
        Awaitility.await()
            .atMost(PATIENCE)
            .until(() -> faults.get() > 0 && checks.lastCommit().isPresent());
        assertThat(checks.awaitCommitted(sender.position() + 150, PATIENCE))
            .as(() -> checks.pending().toString())
            .isTrue();
        sender.pause();
        // What a bug loses of the last rows, nothing overtakes: the final check tells.
        var patience = bug == Bug.NONE ? PATIENCE : TAIL_OF_A_BUG;
        assertThat(checks.awaitCommitted(sender.position(), patience) || bug != Bug.NONE)
            .as(() -> checks.pending().toString())
            .isTrue();
        job.stop();
      }
      return checks.finalCheck();
    }
  }

  private static LocalJob start(Subject subject, Block block, Bug bug) throws Exception {
    var start = new LocalJob.Start(2, null);
    return LocalJob.start(
        subject, block, directory.resolve(block.run()), start, "--bug", bug.name());
  }
}
