package io.onceflow.common.commit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * What all suites share: one fixture per class, empty targets per test, and the oracle, which
 * compares what a client of its own reads with the exact multiset of rows that must be there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class StoreSuite {

  private static final long SETTLE_MS = 90_000;
  private static final long AS_FAR_AS_IT_GETS_MS = 250;

  private StoreFixture fixture;
  private TestTargets targets;
  private ExecutorService threads;

  /** Starts what the tests of this class share. */
  protected abstract StoreFixture createFixture() throws Exception;

  /** The strategy under test, over the store of these targets. */
  abstract Protocol protocol(TestTargets targets);

  @BeforeAll
  final void startFixture() throws Exception {
    fixture = createFixture();
  }

  @AfterAll
  final void closeFixture() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @BeforeEach
  final void makeTargets() throws Exception {
    targets = fixture.newTargets();
    threads = Executors.newCachedThreadPool();
  }

  @AfterEach
  final void endInjections() {
    CrashPoints.disarmAll();
    threads.shutdownNow();
  }

  StoreFixture fixture() {
    return fixture;
  }

  final TestTargets targets() {
    return targets;
  }

  final TestSink sink() {
    return sink("suite", OnReject.DEAD_LETTER);
  }

  final TestSink sink(String id, OnReject onReject) {
    return new TestSink(protocol(targets), id, onReject);
  }

  final void commit(StoreSession session, Epoch epoch) throws StoreException {
    protocol(targets).commit(session, epoch);
  }

  /** Repeats a commit as the committer does: while the error says that it may be repeated. */
  final void settle(StoreSession session, Epoch epoch) throws StoreException {
    retry(
        () -> {
          commit(session, epoch);
          return null;
        });
  }

  /** What throws only what stores throw. */
  interface StoreCall<R> {
    R run() throws StoreException;
  }

  static <R> R retry(StoreCall<R> call) throws StoreException {
    var deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_MS);
    while (true) {
      try {
        return call.run();
      } catch (StoreException e) {
        if (!e.retryable() || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  final <R> Future<R> aside(Callable<R> call) {
    return threads.submit(call);
  }

  /** Lets a call run until it is done or waits for something; both are fine. */
  static void asFarAsItGets(Future<?> call) throws InterruptedException {
    try {
      call.get(AS_FAR_AS_IT_GETS_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // Its owner looks at the outcome later.
      LockSupport.parkNanos(1);
    }
  }

  /** A zombie may succeed or get an error of the store; anything else is a defect. */
  static void assertEndsOrderly(Future<?> zombie) throws InterruptedException {
    try {
      zombie.get();
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(StoreException.class);
    }
  }

  /** The store holds exactly these rows: none is missing, twice or of somebody else. */
  final void assertRows(List<TestRow> expected) throws Exception {
    assertThat(rows()).containsExactlyInAnyOrderElementsOf(expected);
  }

  final List<TestRow> rows() throws Exception {
    var rows = new ArrayList<TestRow>();
    targets.readRows(rows::add);
    return rows;
  }

  /** The store holds the markers of exactly these epochs. */
  final void assertMarkersOf(List<Epoch> epochs) throws Exception {
    var expected = new ArrayList<String>();
    epochs.forEach(epoch -> expected.addAll(protocol(targets).markersOf(epoch)));
    assertThat(targets.markers())
        .extracting(TestTargets.Marker::transactionId)
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** The commit is refused for good, with these words, and changes nothing. */
  final void assertRefused(StoreSession session, Epoch epoch, String words) throws Exception {
    var before = rows();
    assertThatThrownBy(() -> commit(session, epoch))
        .satisfies(StoreSuite::isFenced)
        .hasMessageContaining(words);
    assertRows(before);
  }

  static void isFenced(Throwable e) {
    assertThat(e)
        .isInstanceOfSatisfying(
            StoreException.class,
            refused -> assertThat(refused.errorClass()).isEqualTo(ErrorClass.FENCED));
  }

  /** Rows of every kind the store takes, with ids that no other epoch of the sink has. */
  final List<TestRow> someRows(TestSink sink) {
    return someRows(sink.last() + 1);
  }

  final List<TestRow> someRows(long number) {
    var rows = new ArrayList<>(TestRow.events(number * 10, number * 10 + 4));
    if (fixture.hasUpserts()) {
      rows.add(TestRow.balance(1, number));
      rows.add(TestRow.balance(number, number));
    }
    return rows;
  }

  final Void commitAndReturn(StoreSession session, Epoch epoch) throws StoreException {
    commit(session, epoch);
    return null;
  }

  /** What a restored job does: it claims the sink and commits the epoch of its checkpoint. */
  final Void takeOver(TestSink sink, String runId, Epoch epoch) throws StoreException {
    try (var session = retry(() -> sink.open(runId))) {
      settle(session, epoch);
      return null;
    }
  }
}
