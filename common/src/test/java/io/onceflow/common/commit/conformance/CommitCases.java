package io.onceflow.common.commit.conformance;

import static io.onceflow.common.commit.conformance.TestRow.balance;
import static io.onceflow.common.commit.conformance.TestRow.event;
import static io.onceflow.common.commit.conformance.TestRow.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.conformance.StoreFixture.Breakage;
import io.onceflow.common.commit.conformance.TestTargets.DeadLetter;
import io.onceflow.common.commit.conformance.TestTargets.Marker;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows, crashes, zombies and rejected rows: what holds for every strategy. */
abstract class CommitCases extends HistoryCases {

  @Test
  void anEpochCommittedTwiceIsThereOnce() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      var epoch = sink.nextOfWriters(List.of(events(1, 60), events(61, 100)));
      commit(session, epoch);
      commit(session, epoch);
      assertRows(events(1, 100));
      assertMarkersOf(List.of(epoch));
    }
    assertThat(targets().markers().stream().mapToLong(Marker::rows).sum()).isEqualTo(100);
  }

  /** A restored job commits again what its state holds, which may be more than one epoch. */
  @Test
  void epochsThatAreCommittedMayBeCommittedAgainAlsoAfterLaterOnes() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      var epochs = List.of(sink.next(events(1, 3)), sink.next(List.of()), sink.next(events(4, 5)));
      for (var round = 0; round < 2; round++) {
        for (var epoch : epochs) {
          commit(session, epoch);
        }
      }
      commit(session, sink.next(events(6, 7)));
    }
    assertRows(events(1, 7));
  }

  @Test
  void anEmptyEpochChangesNoRowAndTheHistoryGoesOn() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      var epochs = List.of(sink.next(events(1, 3)), sink.next(List.of()), sink.next(events(4, 5)));
      for (var epoch : epochs) {
        commit(session, epoch);
      }
      assertRows(events(1, 5));
      assertMarkersOf(epochs);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCommitThatFailsAtAnyOfItsStepsAndIsRepeatedCountsOnce(boolean bySameSession)
      throws Exception {
    var sink = sink();
    var expected = new ExpectedRows();
    var run = TestSink.newRun();
    var passed = pointsOfACommit(sink, run, expected);
    assertThat(passed).containsAll(protocol(targets()).steps());
    for (var point : passed) {
      var crashed = true;
      for (var hit = 1; crashed; hit++) {
        var rows = someRows(sink);
        try (var session = sink.open(run);
            var other = sink.session(run)) {
          var epoch = sink.next(rows);
          var crash = Injection.crash(point, hit);
          var failure = catchThrowable(() -> commit(session, epoch));
          crashed = crash.isReached();
          CrashPoints.disarmAll();
          assertThat(failure != null).as("%s, hit %d: %s", point, hit, failure).isEqualTo(crashed);
          settle(bySameSession ? session : other, epoch);
        }
        assertThat(crashed || hit > 1).as("%s is reached", point).isTrue();
        expected.add(rows);
        assertRows(expected.all());
      }
    }
  }

  /** The crash points that a commit passes: at all others it cannot fail. */
  private Set<String> pointsOfACommit(TestSink sink, String run, ExpectedRows expected)
      throws Exception {
    var passed = ConcurrentHashMap.<String>newKeySet();
    var rows = someRows(sink);
    try (var session = sink.open(run)) {
      var epoch = sink.next(rows);
      CrashPoints.all().forEach(point -> CrashPoints.arm(point, () -> passed.add(point)));
      commit(session, epoch);
      CrashPoints.disarmAll();
    }
    expected.add(rows);
    assertRows(expected.all());
    return passed;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aZombieAndItsSuccessorCommitTheSameEpochAtTheSameTimeOnce(boolean ofTheSameRun)
      throws Exception {
    var sink = sink();
    var expected = new ExpectedRows();
    var run = TestSink.newRun();
    for (var point : protocol(targets()).steps()) {
      var rows = someRows(sink);
      var successor = ofTheSameRun ? run : TestSink.newRun();
      try (var zombie = sink.open(run)) {
        var epoch = sink.next(rows);
        var pause = Injection.pause(point);
        var slow = aside(() -> commitAndReturn(zombie, epoch));
        assertThat(pause.awaitReached(60_000)).as(point).isTrue();
        var fast = aside(() -> takeOver(sink, successor, epoch));
        asFarAsItGets(fast);
        pause.release();
        assertEndsOrderly(slow);
        fast.get();
        CrashPoints.disarmAll();
      }
      run = successor;
      expected.add(rows);
      assertRows(expected.all());
    }
  }

  @Test
  void theLastWritePerKeyWinsAlsoWhenAKeyComesTwice() throws Exception {
    assumeTrue(fixture().hasUpserts(), "This store takes no upserts.");
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      commit(session, sink.next(List.of(balance(1, 10), balance(2, 20), balance(1, 11))));
      assertRows(List.of(balance(1, 11), balance(2, 20)));
      commit(session, sink.next(List.of(balance(2, 21), event(1))));
      assertRows(List.of(balance(1, 11), balance(2, 21), event(1)));
    }
  }

  @Test
  void aBadRowBecomesADeadLetterAndItsNeighboursAreWritten() throws Exception {
    var sink = sink();
    var rows = new ArrayList<>(events(1, 2_000));
    rows.set(1_234, fixture().badRow(777_777));
    try (var session = sink.open(TestSink.newRun())) {
      var epoch = sink.next(rows);
      commit(session, epoch);
      commit(session, epoch);
    }
    rows.remove(1_234);
    assertRows(rows);
    assertThat(targets().deadLetters())
        .singleElement()
        .satisfies(letter -> assertTells(letter, sink.id().value()));
    assertThat(targets().markers()).extracting(Marker::rejected).containsExactly(1L);
  }

  private void assertTells(DeadLetter letter, String sinkId) {
    assertThat(letter.sinkId()).isEqualTo(sinkId);
    assertThat(targets().store().targets()).contains(letter.target());
    assertThat(letter.code()).isNotBlank();
    assertThat(letter.reason()).isNotBlank();
    assertThat(letter.text()).contains("777777", "canary");
  }

  @Test
  void withOnRejectFailABadRowWritesNothingAndTheErrorDoesNotQuoteIt() throws Exception {
    var sink = sink("suite", OnReject.FAIL);
    try (var session = sink.open(TestSink.newRun())) {
      var failure =
          catchThrowable(
              () -> commit(session, sink.next(List.of(event(1), fixture().badRow(777_777)))));
      assertThat(failure).isInstanceOfAny(StoreException.class, RowRejectedException.class);
      if (failure instanceof StoreException refused) {
        assertThat(refused.errorClass()).isEqualTo(ErrorClass.ROW);
        assertThat(refused).hasMessageContaining("on-reject: dead-letter");
      }
      assertThat(Throwables.getStackTrace(failure)).doesNotContain("canary", "777777");
      assertRows(List.of());
      assertThat(targets().markers()).isEmpty();
      assertThat(targets().deadLetters()).isEmpty();
    }
  }

  @Test
  void thePreflightReportsEverythingThatIsWrongInOneMessage() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    sink.open(run).close();
    var breakages = fixture().breakages(targets());
    for (var breakage : breakages) {
      breakage.spoil().run();
    }
    try (var session = sink.session(run)) {
      assertThatThrownBy(session::preflight)
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
          .satisfies(e -> assertReports(Throwables.getStackTrace(e), breakages))
          .satisfies(e -> assertSentences(e.getMessage(), breakages.size()));
    }
  }

  private void assertReports(String everything, List<Breakage> breakages) {
    assertThat(breakages).isNotEmpty();
    assertThat(everything).contains(breakages.stream().map(Breakage::said).toList());
    fixture().secrets().forEach(secret -> assertThat(everything).doesNotContain(secret));
  }

  /** One line that says how many there are, and a sentence on each. */
  private static void assertSentences(String message, int atLeast) {
    var lines = message.lines().skip(1).toList();
    assertThat(lines).hasSizeGreaterThanOrEqualTo(atLeast).allMatch(line -> line.endsWith("."));
    assertThat(message.lines().findFirst().orElseThrow()).contains(lines.size() + " problem");
  }

  @Test
  void aSessionThatWasAbortedCommitsNothing() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    try (var aborted = sink.open(run);
        var other = sink.session(run)) {
      var epoch = sink.next(events(1, 3));
      aborted.abort();
      assertThatThrownBy(() -> commit(aborted, epoch)).isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> commit(aborted, epoch)).isInstanceOf(StoreException.class);
      assertRows(List.of());
      commit(other, epoch);
    }
    assertRows(events(1, 3));
  }
}
