package io.onceflow.common.commit.conformance;

import static io.onceflow.common.commit.conformance.TestRow.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.Verdict;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every {@link io.onceflow.common.commit.PreparedStore} must do whose server is reached over a
 * network: connections that break at every piece of either phase, and a server that is killed.
 */
public abstract class PreparedNetworkSuite extends NetworkCases {

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

  /** Phase 1 broken, the orphan rolled back, the rows replayed: what a job's failover does. */
  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("breaks")
  void aConnectionThatBreaksAtAnyPieceOfPreparingLosesAndRepeatsNothing(
      Direction direction, Fault fault) throws Exception {
    walkPreparing(
        (sink, piece, rows) -> {
          var trigger = fixture().proxy().whenPiece(direction, piece, fault.action());
          var failure = catchThrowable(() -> attempt(sink, rows));
          var broken = trigger.hasFired();
          trigger.disarm();
          if (failure == null) {
            assertThat(preparedTargets().prepared()).isNotEmpty();
          } else {
            assertThat(failure).isInstanceOf(StoreException.class);
          }
          return broken;
        });
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void aZombieWriterWhosePiecesArriveLateDoesNoHarm(Direction direction) throws Exception {
    walkPreparing(
        (sink, piece, rows) -> {
          var delay = Injection.pause();
          var late = ProxyAction.before(delay::stopTheFirst);
          var trigger = fixture().proxy().whenPiece(direction, piece, late);
          var slow = aside(() -> attempt(sink, rows));
          var delayed = awaitFired(trigger, slow);
          trigger.disarm();
          replay(sink, rows);
          delay.release();
          assertEndsOrderly(slow);
          return delayed;
        });
  }

  /** One attempt at preparing rows, which something happens to; tells whether it has happened. */
  private interface Attempt {
    boolean run(TestSink sink, int piece, List<TestRow> rows) throws Exception;
  }

  private void walkPreparing(Attempt attempt) throws Exception {
    var sink = sink();
    var expected = new ExpectedRows();
    sink.open(TestSink.newRun()).close();
    newWalk()
        .run(
            piece -> {
              var rows = someRows(sink);
              var before = sink.last();
              var broken = attempt.run(sink, piece, rows);
              rollBackOrphans(sink);
              if (sink.last() == before) {
                replay(sink, rows);
              }
              expected.add(rows);
              assertRows(expected.all());
              assertThat(preparedTargets().prepared()).isEmpty();
              return broken;
            });
  }

  /** Prepares the rows and does not hand over the transaction: no checkpoint will know it. */
  private Void attempt(TestSink sink, List<TestRow> rows)
      throws StoreException, RowRejectedException {
    sink.after(sink.last(), sink.last() + 1, rows);
    return null;
  }

  private void replay(TestSink sink, List<TestRow> rows) throws Exception {
    try (var session = retry(() -> sink.open(TestSink.newRun()))) {
      settle(session, sink.next(rows));
    }
  }

  private void rollBackOrphans(TestSink sink) throws StoreException {
    try (var session = (PreparedSession) sink.session(TestSink.newRun())) {
      for (var orphan : retry(session::inDoubt)) {
        retry(() -> rollBack(session, orphan));
      }
    }
  }

  private static Void rollBack(PreparedSession session, String id) throws StoreException {
    session.rollBack(id);
    return null;
  }

  @Test
  void whatIsPreparedOutlivesAServerThatIsKilled() throws Exception {
    var sink = sink();
    try (var session = (PreparedSession) sink.open(TestSink.newRun())) {
      var epoch = sink.nextOfWriters(List.of(someRows(sink), events(100, 120)));
      var ids = protocol(targets()).markersOf(epoch);
      var orphan = sink.after(1, 2, events(200, 220)).transactions().get(0).id();
      fixture().killServer();
      fixture().restartServer();
      assertThat(retry(session::inDoubt)).containsAll(ids).contains(orphan).hasSize(3);
      retry(() -> rollBack(session, orphan));
      retry(
          () -> {
            session.decide(epoch);
            return null;
          });
      assertThat(retry(() -> session.commit(ids.get(0)))).isEqualTo(Verdict.COMMITTED);
      fixture().killServer();
      fixture().restartServer();
      settle(session, epoch);
      assertThat(retry(() -> session.commit(orphan))).isEqualTo(Verdict.LOST);
      assertThat(session.inDoubt()).isEmpty();
    }
    var expected = new ExpectedRows();
    expected.add(someRows(1));
    expected.add(events(100, 120));
    assertRows(expected.all());
  }

  @Test
  void anAbortFromAnotherThreadEndsAWriterThatIsBlocked() throws Exception {
    var sink = sink();
    sink.open(TestSink.newRun()).close();
    var store = PreparedProtocol.over(targets()).store();
    try (var writer = new TestWriter(store, sink.id(), OnReject.DEAD_LETTER)) {
      writer.begin(PreparedProtocol.newId(sink.id()));
      writer.write(events(1, 10));
      fixture().proxy().hold(Direction.SERVER_TO_CLIENT);
      var call = aside(writer::prepare);
      asFarAsItGets(call);
      assertThat(call).isNotDone();
      writer.abort();
      assertThatThrownBy(call::get).hasCauseInstanceOf(StoreException.class);
    }
    assertRows(List.of());
  }
}
