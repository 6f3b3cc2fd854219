package io.onceflow.testbed.chaos.subject;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.chaos.check.JdbcView;
import io.onceflow.testbed.chaos.truth.TruthLog;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every oracle by itself can fail: the tables are damaged, one way at a time. */
class OraclesIT {

  private static final int FIRST_BLOCK = 2_000;

  private static Subject subject;
  private static int blocks = FIRST_BLOCK;

  @TempDir static Path directory;

  private WrittenByHand output;

  @BeforeAll
  static void start() {
    subject = Subjects.start("postgres-staged", new Servers(TestServers.kafka(), directory));
  }

  @AfterAll
  static void stop() {
    subject.close();
  }

  @BeforeEach
  void writeThreeEpochs() throws Exception {
    output = new WrittenByHand(subject, new Block(++blocks));
    for (var epoch = 0; epoch < 3; epoch++) {
      output.commit(output.sent(5));
    }
  }

  @AfterEach
  void close() throws Exception {
    output.close();
  }

  @Test
  void soundEpochsAreClean() throws Exception {
    assertThat(output.checks().check()).isEqualTo(Findings.NONE);
    output.commit(output.sent(5));
    assertThat(output.checks().awaitCommitted(20, Duration.ofSeconds(5))).isTrue();
    assertThat(output.finalCheck()).isEqualTo(Findings.NONE);
    assertThat(output.checks().rows()).isEqualTo(40);
    assertThat(output.checks().epochs()).isEqualTo(4);
  }

  @Test
  void whatIsSentAndNotThereIsNotCommitted() throws Exception {
    output.sent(1);
    assertThat(output.checks().awaitCommitted(16, Duration.ofMillis(300))).isFalse();
    assertThat(output.checks().pending()).singleElement().asString().contains("2 rows", "seq=16");
    assertThat(output.finalCheck().lost()).isEqualTo(2);
  }

  @Test
  void aRowThatWasOvertakenIsGivenUpAndReported() throws Exception {
    output.execute("DELETE FROM legs WHERE seq = 7 AND leg = 1");
    assertThat(output.checks().awaitCommitted(15, Duration.ofSeconds(20))).isTrue();
    var found = output.checks().check();
    assertThat(found.lost()).isEqualTo(1);
    assertThat(found.torn()).as("the marker counts it, the balance holds it").isPositive();
    assertThat(output.checks().check().lost()).as("reported once").isZero();
  }

  @Test
  void aRowThatComesAfterItWasGivenUpIsLate() throws Exception {
    output.execute(
        "CREATE TABLE held AS SELECT * FROM legs WHERE seq = 7 AND leg = 1; DELETE FROM legs WHERE seq = 7 AND leg = 1");
    assertThat(output.checks().awaitCommitted(15, Duration.ofSeconds(20))).isTrue();
    assertThat(output.checks().check().lost()).isEqualTo(1);
    output.execute("INSERT INTO legs OVERRIDING SYSTEM VALUE SELECT * FROM held");
    var found = output.checks().check();
    assertThat(found.lost()).isEqualTo(-1);
    assertThat(found.late()).isEqualTo(1);
    assertThat(output.finalCheck().isClean()).as("reported once").isTrue();
  }

  @Test
  void aRowThatIsThereTwiceIsDuplicated() throws Exception {
    output.execute(
        "INSERT INTO legs (event_key, seq, leg, account, amount, crc, epoch) SELECT event_key, seq, leg, account, amount, crc, epoch FROM legs WHERE seq = 3 AND leg = 0");
    var found = output.finalCheck();
    assertThat(found.duplicated()).isEqualTo(1);
    assertThat(found.lost()).isZero();
  }

  @Test
  void aRowThatIsThereTwiceIsFoundAfterACheckToo() throws Exception {
    assertThat(output.checks().check()).isEqualTo(Findings.NONE);
    output.execute(
        "INSERT INTO legs (id, event_key, seq, leg, account, amount, crc, epoch) OVERRIDING SYSTEM VALUE SELECT -1, event_key, seq, leg, account, amount, crc, epoch FROM legs WHERE seq = 3 AND leg = 0");
    assertThat(output.checks().check().duplicated()).as("with an old number").isEqualTo(1);
  }

  @Test
  void aRowThatWasChangedIsUnexpected() throws Exception {
    output.execute("UPDATE legs SET crc = crc + 1 WHERE seq = 4 AND leg = 0");
    var found = output.finalCheck();
    assertThat(found.unexpected()).isEqualTo(1);
    assertThat(found.lost()).isEqualTo(1);
  }

  @Test
  void aStepBackIsOutOfOrder() throws Exception {
    var next = output.sent(2);
    output.commit(next.get(1));
    output.commit(next.get(0));
    var found = output.finalCheck();
    assertThat(found.outOfOrder()).isEqualTo(2);
    assertThat(found.lost() + found.duplicated()).isZero();
  }

  @Test
  void aRowWithoutAMarkerIsDirty() throws Exception {
    output.execute("DELETE FROM onceflow.marker WHERE checkpoint_id = 2");
    assertThat(output.finalCheck().dirty()).isEqualTo(10);
  }

  @Test
  void aMarkerOfASinkThatIsGoneIsIllegal() throws Exception {
    output.execute("DELETE FROM onceflow.sink");
    assertThat(output.finalCheck().illegal()).isPositive();
  }

  @Test
  void rowsThatShowBeforeTheirMarkerAreDirty() throws Exception {
    output.commitWithALateMarker(output.sent(5));
    var found = output.finalCheck();
    assertThat(found.dirty()).isEqualTo(10);
    assertThat(found.lost() + found.duplicated() + found.illegal()).isZero();
  }

  @Test
  void aMarkerThatShowsBeforeItsRowsIsTorn() throws Exception {
    output.commitWithAnEarlyMarker(output.sent(5));
    var found = output.finalCheck();
    assertThat(found.torn()).isPositive();
    assertThat(found.lost() + found.duplicated() + found.dirty()).isZero();
  }

  @Test
  void aPreparedEpochThatWasDecidedIsClean() throws Exception {
    output.commitPrepared(output.sent(5), true);
    assertThat(output.finalCheck()).isEqualTo(Findings.NONE);
  }

  @Test
  void aPreparedTransactionThatShowsBeforeItsDecisionIsDirty() throws Exception {
    output.commitPrepared(output.sent(5), false);
    var found = output.finalCheck();
    assertThat(found.dirty()).isEqualTo(10);
    assertThat(found.lost() + found.duplicated() + found.torn() + found.illegal()).isZero();
  }

  @Test
  void anEpochThatIsNotFinishedAtTheEndIsIllegal() throws Exception {
    assertThat(output.checks().check()).isEqualTo(Findings.NONE);
    output.leaveUnfinished(output.sent(5));
    assertThat(output.checks().check()).as("while the job runs").isEqualTo(Findings.NONE);
    var found = output.finalCheck();
    assertThat(found.illegal()).as("its marker has no checkpoint").isEqualTo(1);
    assertThat(found.unexpected()).as("the balances are behind").isEqualTo(2);
    assertThat(found.lost() + found.dirty()).isZero();
  }

  @Test
  void balancesThatAreNotWhatWasSentAreUnexpected() throws Exception {
    output.execute(
        "BEGIN; DELETE FROM legs WHERE seq = 7; UPDATE onceflow.marker SET rows_by_target = '{\"legs\": 8}' WHERE epoch = 2; UPDATE balances SET balance = (SELECT sum(amount) FROM legs l WHERE l.account = balances.account); COMMIT;");
    assertThat(output.finalCheck().unexpected()).isEqualTo(2);
  }

  @Test
  void aWatcherThatCannotLookIsIllegal() throws Exception {
    var found =
        checkWatchedBy(
            () -> {
              throw new SQLException("The watcher is not let in.");
            });
    assertThat(found.illegal()).isEqualTo(1);
    assertThat(found.examples()).anyMatch(text -> text.contains("not let in"));
  }

  @Test
  void aWatcherThatHasEndedIsIllegal() throws Exception {
    var found =
        checkWatchedBy(
            () -> {
              throw new StackOverflowError("The watcher ends.");
            });
    assertThat(found.illegal()).isEqualTo(1);
    assertThat(found.examples()).anyMatch(text -> text.contains("The watcher ends"));
  }

  private Findings checkWatchedBy(JdbcView.Opening opening) throws Exception {
    var blind =
        new JdbcView(
            new JdbcView.Database(
                opening,
                null,
                output.block().run(),
                List.of(),
                List.of(),
                "SELECT 1",
                1,
                Set.of()));
    try (var truth = TruthLog.read(output.truth().file());
        var checks =
            new Checks(
                new Checks.Places(
                    ((StoreSubject) subject).view(output.block()),
                    blind,
                    TestServers.kafka().internalServers(),
                    output.block().deadLetters(),
                    output.block().deadLetterSink()),
                truth,
                Duration.ofSeconds(2))) {
      return checks.check();
    }
  }

  @Test
  void aPreparedTransactionThatTheRegisterDidNotDecideIsDirty() throws Exception {
    output.execute(SetupSql.read("register.sql"));
    output.execute(
        "UPDATE onceflow.marker SET checkpoint_id = NULL, lineage = NULL WHERE checkpoint_id = 3");
    var undecided = PostgresSubject.undecidedInRegister(output.block().run());
    assertThat(output.list(undecided)).containsExactly("3");
  }

  @Test
  void anEpochThatIsNotWhatItsMarkerSaysIsTorn() throws Exception {
    output.execute(
        "UPDATE onceflow.marker SET rows_by_target = '{\"legs\": 11}' WHERE checkpoint_id = 2");
    assertThat(output.finalCheck().torn()).as("the epoch, and snapshots").isPositive();
  }

  @Test
  void halfATransferInASnapshotIsTorn() throws Exception {
    var transfer = output.sent(1).get(0);
    output.execute(
        "BEGIN; SELECT set_config('onceflow.epoch', '3', true); %s COMMIT;"
            .formatted(WrittenByHand.leg(transfer, 0)));
    var looks = output.checks().snapshots();
    Awaitility.await().until(() -> output.checks().snapshots() > looks + 1);
    output.execute(
        "BEGIN; SELECT set_config('onceflow.epoch', '3', true); %s UPDATE onceflow.marker SET rows_by_target = '{\"legs\": 12}' WHERE epoch = 3; UPDATE balances SET balance = (SELECT sum(amount) FROM legs l WHERE l.account = balances.account); COMMIT;"
            .formatted(WrittenByHand.leg(transfer, 1)));
    var found = output.finalCheck();
    assertThat(found.torn()).isPositive();
    assertThat(found.lost() + found.duplicated() + found.unexpected() + found.dirty()).isZero();
  }

  @Test
  void aPreparedTransactionThatIsLeftHangs() throws Exception {
    output.execute("BEGIN; CREATE TABLE left_over (); PREPARE TRANSACTION 'left-over'");
    try {
      assertThat(output.finalCheck().inDoubt()).isEqualTo(1);
    } finally {
      output.execute("ROLLBACK PREPARED 'left-over'");
    }
  }

  @Test
  void aTransactionOfDeadLettersThatStaysOpenHangs() throws Exception {
    var id = "of." + output.block().deadLetterSink();
    try (var producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", TestServers.kafka().internalServers(), "transactional.id", id),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(output.block().deadLetters(), new byte[1])).get();
      var found = output.finalCheck();
      producer.abortTransaction();
      assertThat(found.inDoubt()).isEqualTo(1);
      assertThat(found.examples()).anyMatch(text -> text.contains(id));
    }
  }

  @Test
  void aRegisterThatDidNotDecideIsIllegal() throws Exception {
    output.execute(SetupSql.read("register.sql"));
    var problems = PostgresSubject.registerProblems(output.block().run());
    assertThat(output.list(problems)).hasSize(3).allMatch(text -> text.contains("no decision"));
  }

  @Test
  void anOpenMarkerThatTheRegisterDidNotDecideIsIllegalAlsoMuchLater() throws Exception {
    output.execute(SetupSql.read("register.sql"));
    output.execute("UPDATE onceflow.marker SET checkpoint_id = NULL WHERE checkpoint_id = 1");
    output.execute("UPDATE onceflow.marker SET checkpoint_id = 2000 WHERE checkpoint_id = 3");
    var problems = PostgresSubject.registerProblems(output.block().run());
    assertThat(output.list(problems)).hasSize(2).anyMatch(text -> text.contains(" t1 "));
  }

  @Test
  void aMarkerOfWhichTheDecisionChangesIsIllegal() throws Exception {
    output.commitPrepared(output.sent(5), true);
    assertThat(output.checks().check()).isEqualTo(Findings.NONE);
    output.execute(
        "INSERT INTO onceflow.decision SELECT 'other', sink_id, lineage, 99, decided_at FROM onceflow.decision WHERE transaction_id = 'e4'; UPDATE onceflow.marker SET decision_id = 'other' WHERE decision_id = 'e4'");
    assertThat(output.checks().check().illegal()).isEqualTo(1);
  }

  @Test
  void aMarkerThatGoesIsIllegal() throws Exception {
    assertThat(output.checks().check()).isEqualTo(Findings.NONE);
    output.execute("DELETE FROM onceflow.marker WHERE checkpoint_id = 1");
    assertThat(output.checks().check().illegal()).isEqualTo(1);
  }

  @Test
  void aMarkerThatChangesIsIllegal() throws Exception {
    assertThat(output.checks().check()).isEqualTo(Findings.NONE);
    output.execute("UPDATE onceflow.marker SET checkpoint_id = 9 WHERE checkpoint_id = 3");
    assertThat(output.checks().check().illegal()).as("and newer than its sink").isEqualTo(2);
  }

  @Test
  void anotherLineageIsIllegal() throws Exception {
    output.execute("UPDATE onceflow.marker SET lineage = 'other' WHERE checkpoint_id = 2");
    assertThat(output.finalCheck().illegal()).isPositive();
  }

  @Test
  void aCheckpointThatStepsBackIsIllegal() throws Exception {
    output.execute(
        "UPDATE onceflow.marker SET checkpoint_id = 0 - checkpoint_id WHERE checkpoint_id = 3");
    assertThat(output.finalCheck().illegal()).isPositive();
  }

  @Test
  void poisonThatIsNoDeadLetterIsLost() throws Exception {
    output.sentPoison("poison-x-1");
    assertThat(output.checks().awaitCommitted(15, Duration.ofMillis(300))).isFalse();
    assertThat(output.finalCheck().lost()).isEqualTo(1);
  }

  @Test
  void poisonThatIsADeadLetterTwiceIsDuplicated() throws Exception {
    output.sentPoison("poison-x-1");
    try (var kafka = KafkaClient.to(TestServers.kafka())) {
      for (var value : new String[] {"a poison-x-1", "a poison-x-1", "a poison-y-1"}) {
        kafka.send(output.block().deadLetters(), null, value).get();
      }
    }
    var found = output.finalCheck();
    assertThat(found.duplicated()).isEqualTo(1);
    assertThat(found.unexpected()).isEqualTo(1);
    assertThat(found.lost()).isZero();
  }
}
