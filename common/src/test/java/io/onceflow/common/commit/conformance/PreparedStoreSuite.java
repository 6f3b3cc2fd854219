package io.onceflow.common.commit.conformance;

import static io.onceflow.common.commit.conformance.TestRow.balance;
import static io.onceflow.common.commit.conformance.TestRow.event;
import static io.onceflow.common.commit.conformance.TestRow.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.Verdict;
import io.onceflow.common.commit.conformance.TestTargets.Marker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link PreparedStore} must do; its targets are {@link PreparedTargets}. A store that
 * is reached over a network also runs {@link PreparedNetworkSuite}.
 */
public abstract class PreparedStoreSuite extends CommitCases {

  @Override
  final Protocol protocol(TestTargets targets) {
    return PreparedProtocol.over(targets);
  }

  @AfterEach
  final void rollBackWhatIsPrepared() throws Exception {
    preparedTargets().rollBackAll();
  }

  private PreparedTargets preparedTargets() {
    return (PreparedTargets) targets();
  }

  private PreparedStore<TestRow> store() {
    return PreparedProtocol.over(targets()).store();
  }

  private TestWriter writer(TestSink sink) {
    return new TestWriter(store(), sink.id(), OnReject.DEAD_LETTER);
  }

  private static PreparedSession open(TestSink sink, String runId) throws StoreException {
    return (PreparedSession) sink.open(runId);
  }

  private static String idOf(Epoch epoch) {
    return epoch.transactions().get(0).id();
  }

  @Test
  void whatIsPreparedIsInDoubtAndInvisibleUntilItIsCommitted() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var epoch = sink.nextOfWriters(List.of(events(1, 3), events(4, 6)));
      assertRows(List.of());
      assertThat(targets().markers()).isEmpty();
      assertThat(session.inDoubt())
          .containsExactlyInAnyOrderElementsOf(protocol(targets()).markersOf(epoch));
      session.decide(epoch);
      assertThat(session.commit(idOf(epoch))).isEqualTo(Verdict.COMMITTED);
      assertRows(events(1, 3));
      assertThat(session.inDoubt()).containsExactly(epoch.transactions().get(1).id());
      commit(session, epoch);
      assertThat(session.inDoubt()).isEmpty();
    }
    assertRows(events(1, 6));
    assertThat(preparedTargets().prepared()).isEmpty();
  }

  @Test
  void finishingTwiceCompletesTheMarkersOnce() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var epoch = sink.next(4, events(1, 3));
      commit(session, epoch);
      session.finish(epoch, new SegmentReader());
      assertThat(targets().markers())
          .containsExactly(new Marker(sink.id().value(), idOf(epoch), 4, 3, 0));
    }
  }

  @Test
  void twoSessionsCommitTheSameTransactionAtTheSameTimeOnce() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    try (var one = open(sink, run);
        var other = open(sink, run)) {
      for (var round = 0; round < 20; round++) {
        var epoch = sink.next(List.of(event(round)));
        one.decide(epoch);
        var first = aside(() -> retry(() -> one.commit(idOf(epoch))));
        var second = aside(() -> retry(() -> other.commit(idOf(epoch))));
        assertThat(List.of(first.get(), second.get())).containsOnly(Verdict.COMMITTED);
        one.finish(epoch, new SegmentReader());
      }
    }
    assertRows(events(0, 19));
  }

  @Test
  void aTransactionThatAnAdministratorRolledBackIsLostAndNeverTakenForCommitted() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var committed = sink.next(events(1, 3));
      commit(session, committed);
      var lost = sink.next(events(4, 6));
      session.decide(lost);
      preparedTargets().rollBackAll();
      assertThat(session.commit(idOf(lost))).isEqualTo(Verdict.LOST);
      assertThat(session.commit(idOf(lost))).isEqualTo(Verdict.LOST);
      assertThat(session.commit(PreparedProtocol.newId(sink.id()))).isEqualTo(Verdict.LOST);
      assertThat(session.commit(idOf(committed))).isEqualTo(Verdict.COMMITTED);
    }
    assertRows(events(1, 3));
  }

  @Test
  void rollingBackTwiceIsNoErrorAndUndoesNothingThatIsCommitted() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var committed = sink.next(events(1, 3));
      commit(session, committed);
      var orphan = sink.after(1, 2, events(4, 6));
      for (var time = 0; time < 2; time++) {
        session.rollBack(idOf(orphan));
        session.rollBack(idOf(committed));
        session.rollBack(PreparedProtocol.newId(sink.id()));
      }
      assertThat(session.inDoubt()).isEmpty();
      assertThat(session.commit(idOf(orphan))).isEqualTo(Verdict.LOST);
      commit(session, sink.next(events(4, 6)));
    }
    assertRows(events(1, 6));
  }

  @Test
  void onlyTheSinksOwnTransactionsAreInDoubtAndOthersStayUntouched() throws Exception {
    var shorter = sink("a", OnReject.DEAD_LETTER);
    var longer = sink("a-b", OnReject.DEAD_LETTER);
    try (var one = open(shorter, TestSink.newRun());
        var other = open(longer, TestSink.newRun())) {
      var foreign = preparedTargets().prepareForeign("a");
      assertThat(foreign).isNotEmpty();
      var orphan = shorter.after(0, 1, events(1, 2));
      var ofOther = longer.next(events(3, 4));
      assertThat(one.inDoubt()).containsExactly(idOf(orphan));
      assertThat(other.inDoubt()).containsExactly(idOf(ofOther));
      for (var id : one.inDoubt()) {
        one.rollBack(id);
      }
      commit(one, shorter.next(events(5, 6)));
      assertThat(preparedTargets().prepared()).hasSize(foreign.size() + 1).containsAll(foreign);
      commit(other, ofOther);
      assertThat(preparedTargets().prepared()).containsExactlyInAnyOrderElementsOf(foreign);
    }
    var expected = new ArrayList<>(events(3, 4));
    expected.addAll(events(5, 6));
    assertRows(expected);
  }

  @Test
  void aWriterThatIsClosedOrAbortedLeavesNothingOpen() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      for (var aborted : List.of(false, true)) {
        try (var writer = writer(sink)) {
          writer.begin(PreparedProtocol.newId(sink.id()));
          writer.write(events(1, 1_000));
          if (aborted) {
            writer.abort();
          }
        }
      }
      assertThat(session.inDoubt()).isEmpty();
      assertThat(preparedTargets().prepared()).isEmpty();
      commit(session, sink.next(events(1, 1_000)));
    }
    assertRows(events(1, 1_000));
  }

  @Test
  void aWriterThatIsClosedLeavesWhatItPrepared() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var transactions = new ArrayList<PreparedTransaction>();
      try (var writer = writer(sink)) {
        for (var number = 1; number <= 3; number++) {
          var id = PreparedProtocol.newId(sink.id());
          transactions.add(writer.prepare(id, events(number * 10, number * 10 + 4)));
        }
        writer.abort();
      }
      commit(session, TestSink.with(sink.nextEmpty(1), List.of(), transactions));
    }
    var expected = new ArrayList<>(events(10, 14));
    expected.addAll(events(20, 24));
    expected.addAll(events(30, 34));
    assertRows(expected);
  }

  @Test
  void whatWasDecidedKeepsAnOlderStartFromTakingOver() throws Exception {
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var epoch = sink.next(events(1, 3));
      session.decide(epoch);
      assertThatThrownBy(() -> sink.open(TestSink.newRun(), 0, OnRewind.FAIL))
          .satisfies(StoreSuite::isFenced);
      commit(session, epoch);
    }
    assertRows(events(1, 3));
  }

  @Test
  void upsertsTakeNoRowLockUntilTheEpochIsFinished() throws Exception {
    assumeTrue(fixture().hasUpserts(), "This store takes no upserts.");
    var sink = sink();
    var client = sink("other-client", OnReject.DEAD_LETTER);
    try (var session = open(sink, TestSink.newRun());
        var ofClient = open(client, TestSink.newRun())) {
      commit(session, sink.next(List.of(balance(1, 10), event(1))));
      var epoch = sink.next(List.of(balance(1, 30), event(2)));
      session.decide(epoch);
      session.commit(idOf(epoch));
      commit(ofClient, client.next(List.of(balance(1, 20), event(3))));
      assertRows(List.of(balance(1, 20), event(1), event(2), event(3)));
      commit(session, epoch);
    }
    assertRows(List.of(balance(1, 30), event(1), event(2), event(3)));
  }

  @Test
  void upsertsOfAnEpochThatWasFinishedAreNotAppliedOverLaterOnes() throws Exception {
    assumeTrue(fixture().hasUpserts(), "This store takes no upserts.");
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var withTransaction = sink.next(List.of(balance(1, 10), event(1)));
      commit(session, withTransaction);
      var withoutTransaction = sink.next(List.of(balance(1, 20)));
      commit(session, withoutTransaction);
      commit(session, sink.next(List.of(balance(1, 30))));
      for (var epoch : List.of(withTransaction, withoutTransaction)) {
        commit(session, epoch);
        assertRows(List.of(balance(1, 30), event(1)));
      }
    }
  }

  @Test
  void aBadUpsertBecomesADeadLetterWhenTheEpochIsFinished() throws Exception {
    var bad = fixture().badUpsert(777_777);
    assumeTrue(bad != null, "This store accepts every upsert.");
    var sink = sink();
    try (var session = open(sink, TestSink.newRun())) {
      var epoch = sink.next(List.of(balance(1, 10), bad, balance(2, 20), event(1)));
      commit(session, epoch);
      commit(session, epoch);
    }
    assertRows(List.of(balance(1, 10), balance(2, 20), event(1)));
    assertThat(targets().deadLetters()).hasSize(1);
  }

  @Test
  void badRowsInManyBatchesBecomeDeadLettersOfTheirTransaction() throws Exception {
    var sink = sink();
    var good = new ArrayList<TestRow>();
    try (var session = open(sink, TestSink.newRun());
        var writer = writer(sink)) {
      writer.begin(PreparedProtocol.newId(sink.id()));
      for (var batch = 0; batch < 5; batch++) {
        var rows = new ArrayList<>(events(batch * 100, batch * 100 + 49));
        good.addAll(rows);
        rows.add(25, fixture().badRow(777_000 + batch));
        writer.write(rows);
      }
      commit(session, TestSink.with(sink.nextEmpty(1), List.of(), List.of(writer.prepare())));
    }
    assertRows(good);
    assertThat(targets().deadLetters()).hasSize(5);
    assertThat(targets().markers()).extracting(Marker::rejected).containsExactly(5L);
  }
}
