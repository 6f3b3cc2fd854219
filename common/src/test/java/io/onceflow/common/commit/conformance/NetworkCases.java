package io.onceflow.common.commit.conformance;

import static io.onceflow.common.commit.conformance.TestRow.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.ProxyTrigger;
import io.onceflow.testbed.servers.TcpProxy.Cut;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Networks that break and servers that die while an epoch is committed. Without knowing the
 * protocol, its steps are broken: at a piece that passes the proxy, with the next epoch at a later
 * one, and so on until a commit is through before the trigger fires. {@link Walk} says at which.
 */
abstract class NetworkCases extends StoreSuite {

  private String name;

  /** How a connection breaks at a piece. */
  record Fault(String name, ProxyAction action) {
    @Override
    public String toString() {
      return name;
    }
  }

  @Override
  protected abstract ServerFixture createFixture() throws Exception;

  @Override
  final ServerFixture fixture() {
    return (ServerFixture) super.fixture();
  }

  @BeforeEach
  final void name(TestInfo test) {
    name = nameOf(test);
  }

  private static String nameOf(TestInfo test) {
    return test.getTestClass().orElseThrow().getName()
        + "."
        + test.getTestMethod().orElseThrow().getName()
        + " "
        + test.getDisplayName();
  }

  /** A walk over the pieces of this test's conversations. */
  final Walk newWalk() {
    return Walk.of(name);
  }

  @AfterEach
  final void heal() {
    fixture().proxy().heal();
  }

  static Stream<Arguments> breaks() {
    var faults =
        List.of(
            new Fault("ended before the piece", new ProxyAction.LoseRequest(Cut.FIN)),
            new Fault("reset before the piece", new ProxyAction.LoseRequest(Cut.RST)),
            new Fault("reset at the answer to the piece", ProxyAction.loseReply()));
    return Stream.of(Direction.values())
        .flatMap(direction -> faults.stream().map(fault -> Arguments.of(direction, fault)));
  }

  /** One epoch, whose commit something happens to at a piece; tells whether it has happened. */
  private interface Round {
    boolean run(int piece, Epoch epoch) throws Exception;
  }

  /** Breaks one epoch after the other, each at another piece, and checks the rows each time. */
  private void walk(TestSink sink, Round round) {
    var expected = new ExpectedRows();
    newWalk()
        .run(
            piece -> {
              var rows = someRows(sink);
              var broken = round.run(piece, sink.next(rows));
              expected.add(rows);
              assertRows(expected.all());
              return broken;
            });
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("breaks")
  void aConnectionThatBreaksAtAnyPieceLosesAndRepeatsNothing(Direction direction, Fault fault)
      throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    sink.open(run).close();
    walk(
        sink,
        (piece, epoch) -> {
          try (var session = sink.session(run)) {
            var trigger = fixture().proxy().whenPiece(direction, piece, fault.action());
            var failure = catchThrowable(() -> commit(session, epoch));
            var broken = trigger.hasFired();
            trigger.disarm();
            assertHonest(failure, epoch);
            settle(session, epoch);
            return broken;
          }
        });
  }

  /** Silence is not success: what a commit says it has done must be there before it is repeated. */
  private void assertHonest(Throwable failure, Epoch epoch) throws Exception {
    if (failure != null) {
      assertRetryable(failure);
    } else {
      assertThat(targets().markers())
          .extracting(TestTargets.Marker::transactionId)
          .containsAll(protocol(targets()).markersOf(epoch));
    }
  }

  /** A lost connection must not end a job: the committer tries again after such an error. */
  private static void assertRetryable(Throwable failure) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.retryable()).as(e.toString()).isTrue());
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void whenPiecesVanishACommitEndsByAnAbortAndIsRepeatedByAnotherSession(Direction direction)
      throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    sink.open(run).close();
    walk(
        sink,
        (piece, epoch) -> {
          var proxy = fixture().proxy();
          try (var session = sink.session(run);
              var other = sink.session(run)) {
            var trigger =
                proxy.whenPiece(
                    direction, piece, ProxyAction.before(() -> proxy.swallow(direction)));
            var call = aside(() -> commitAndReturn(session, epoch));
            var broken = awaitFired(trigger, call);
            if (broken) {
              asFarAsItGets(call);
              session.abort();
            }
            var failure = outcomeOf(call);
            proxy.heal();
            assertHonest(failure, epoch);
            settle(other, epoch);
            return broken;
          }
        });
  }

  @ParameterizedTest(name = "{0}, of the same run: {1}")
  @CsvSource({"CLIENT_TO_SERVER,true", "CLIENT_TO_SERVER,false", "SERVER_TO_CLIENT,false"})
  void aZombieWhosePiecesArriveLateDoesNoHarm(Direction direction, boolean ofTheSameRun)
      throws Exception {
    var sink = sink();
    var run = new String[] {TestSink.newRun()};
    sink.open(run[0]).close();
    UnaryOperator<String> successor = old -> ofTheSameRun ? old : TestSink.newRun();
    walk(
        sink,
        (piece, epoch) -> {
          try (var zombie = sink.session(run[0])) {
            var delay = Injection.pause();
            var trigger =
                fixture()
                    .proxy()
                    .whenPiece(direction, piece, ProxyAction.before(delay::stopTheFirst));
            var slow = aside(() -> commitAndReturn(zombie, epoch));
            var delayed = awaitFired(trigger, slow);
            trigger.disarm();
            run[0] = successor.apply(run[0]);
            var fast = aside(() -> takeOver(sink, run[0], epoch));
            asFarAsItGets(fast);
            delay.release();
            assertEndsOrderly(slow);
            fast.get();
            return delayed;
          }
        });
  }

  @Test
  void anAbortFromAnotherThreadEndsACallThatIsBlocked() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    try (var session = sink.open(run);
        var other = sink.session(run)) {
      var epoch = sink.next(events(1, 3));
      fixture().proxy().hold(Direction.SERVER_TO_CLIENT);
      var call = aside(() -> commitAndReturn(session, epoch));
      asFarAsItGets(call);
      assertThat(call).isNotDone();
      session.abort();
      assertThatThrownBy(call::get).hasCauseInstanceOf(StoreException.class);
      assertThatThrownBy(() -> commit(session, epoch)).isInstanceOf(StoreException.class);
      fixture().proxy().heal();
      settle(other, epoch);
    }
    assertRows(events(1, 3));
  }

  @Test
  void aServerThatCannotBeReachedIsTriedAgain() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      commit(session, sink.next(events(1, 3)));
      var epoch = sink.next(events(4, 6));
      fixture().proxy().refuse();
      fixture().proxy().cut(Cut.FIN);
      for (var attempt = 0; attempt < 2; attempt++) {
        assertRetryable(catchThrowable(() -> commit(session, epoch)));
      }
      fixture().proxy().heal();
      settle(session, epoch);
    }
    assertRows(events(1, 6));
  }

  @Test
  void aServerThatIsKilledAtAnyStepOfACommitLosesAndRepeatsNothing() throws Exception {
    var sink = sink();
    var expected = new ExpectedRows();
    try (var session = sink.open(TestSink.newRun())) {
      for (var point : protocol(targets()).steps()) {
        var rows = someRows(sink);
        var epoch = sink.next(rows);
        var kill = Injection.run(point, 1, fixture()::killServer);
        assertRetryable(catchThrowable(() -> commit(session, epoch)));
        assertThat(kill.isReached()).as(point).isTrue();
        CrashPoints.disarmAll();
        fixture().restartServer();
        if (protocol(targets()).isAtomic()) {
          assertRows(expected.all());
        }
        settle(session, epoch);
        expected.add(rows);
        assertRows(expected.all());
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1} before the last, delivered: {2}")
  @CsvSource({
    "CLIENT_TO_SERVER,1,true",
    "CLIENT_TO_SERVER,0,false",
    "CLIENT_TO_SERVER,0,true",
    "SERVER_TO_CLIENT,0,false"
  })
  void aServerThatIsKilledAtTheEndOfACommitLosesAndRepeatsNothing(
      Direction direction, int beforeLast, boolean delivered) throws Exception {
    var sink = sink();
    var expected = new ExpectedRows();
    try (var session = sink.open(TestSink.newRun())) {
      var killed = new CompletableFuture<Void>();
      Runnable kill =
          () -> {
            fixture().killServer();
            killed.complete(null);
          };
      var action = delivered ? ProxyAction.after(kill) : ProxyAction.before(kill);
      var piece = piecesOfACommit(sink, session, expected, direction) - beforeLast;
      // What is sent in two pieces one time may come in one the next.
      for (var fired = false; !fired; piece--) {
        var rows = someRows(sink);
        var epoch = sink.next(rows);
        var trigger = fixture().proxy().whenPiece(direction, Math.max(1, piece), action);
        var failure = catchThrowable(() -> commit(session, epoch));
        trigger.disarm();
        fired = trigger.hasFired();
        if (fired) {
          killed.get(60, TimeUnit.SECONDS);
          fixture().restartServer();
        }
        assertHonest(failure, epoch);
        settle(session, epoch);
        expected.add(rows);
        assertRows(expected.all());
      }
    }
  }

  /** How many pieces a commit takes once the session is connected: the fewest that were seen. */
  private long piecesOfACommit(
      TestSink sink, StoreSession session, ExpectedRows expected, Direction direction)
      throws Exception {
    var fewest = Long.MAX_VALUE;
    for (var i = 0; i < 3; i++) {
      var rows = someRows(sink);
      var epoch = sink.next(rows);
      var before = fixture().proxy().pieces(direction);
      commit(session, epoch);
      fewest = Math.min(fewest, fixture().proxy().pieces(direction) - before);
      expected.add(rows);
    }
    return fewest;
  }

  /** What the call threw, or null. */
  private static Throwable outcomeOf(Future<?> call) throws InterruptedException {
    try {
      call.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  /** Waits until the trigger has fired or the call is over without it. */
  static boolean awaitFired(ProxyTrigger trigger, Future<?> call) {
    while (!trigger.hasFired() && !call.isDone()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return trigger.hasFired();
  }
}
