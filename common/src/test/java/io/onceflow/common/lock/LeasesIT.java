package io.onceflow.common.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.lock.LockServers.LeaseServer;
import io.onceflow.common.lock.LockServers.PostgresLeaseServer;
import io.onceflow.common.sink.postgres.OnceflowDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What both stores of leases do, on real servers with the rights of the documents. */
@Timeout(120)
class LeasesIT {

  private static final Duration LONG = Duration.ofMinutes(5);
  private static final LeaseRequest MINE = LeaseRequest.of("acc/ä 1'--", "run-1", LONG);
  private static final LeaseRequest THEIRS = LeaseRequest.of(MINE.key(), "run-2", LONG);

  static List<LeaseServer> servers() {
    return LockServers.leaseServers();
  }

  private static Lease acquired(LeaseAnswer answer) {
    assertThat(answer).isInstanceOf(LeaseAnswer.Acquired.class);
    return ((LeaseAnswer.Acquired) answer).lease();
  }

  private static LeaseHolder held(LeaseAnswer answer) {
    assertThat(answer).isInstanceOf(LeaseAnswer.Held.class);
    return ((LeaseAnswer.Held) answer).holder();
  }

  @ParameterizedTest
  @MethodSource("servers")
  void aKeyHasOneHolderAndEachHasAHigherToken(LeaseServer server) throws Exception {
    try (var leases = server.store().connect()) {
      assertThat(leases.holder(MINE.key())).isEmpty();
      var first = acquired(leases.tryAcquire(MINE));
      var holder = held(leases.tryAcquire(THEIRS));
      assertThat(holder.owner()).isEqualTo("run-1");
      assertThat(holder.token()).isEqualTo(first.token());
      assertThat(holder.remaining()).isBetween(Duration.ofMinutes(4), LONG);
      assertThat(leases.holder(MINE.key()).orElseThrow().owner()).isEqualTo("run-1");

      assertThat(leases.release(first)).isTrue();
      assertThat(leases.release(first)).as("given back already").isFalse();
      assertThat(leases.holder(MINE.key())).isEmpty();
      var second = acquired(leases.tryAcquire(THEIRS));
      assertThat(second.token()).isGreaterThan(first.token());
      assertThat(leases.renew(first)).as("an old lease").isEmpty();
      assertThat(leases.release(first)).isFalse();
      assertThat(leases.renew(second)).isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void anOwnerThatAsksAgainKeepsItsToken(LeaseServer server) throws Exception {
    try (var leases = server.store().connect()) {
      var first = acquired(leases.tryAcquire(MINE));
      var again = acquired(leases.tryAcquire(MINE));
      assertThat(again.token()).isEqualTo(first.token());
      assertThat(leases.renew(first)).isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void aTokenIsAboveTheFloor(LeaseServer server) throws Exception {
    try (var leases = server.store().connect()) {
      var lease = acquired(leases.tryAcquire(MINE));
      var above = acquired(leases.tryAcquire(MINE.above(lease.token() + 1_000)));
      assertThat(above.token()).isGreaterThan(lease.token() + 1_000);
      assertThat(leases.renew(lease)).as("its token is another one now").isEmpty();
      leases.release(above);
      assertThat(acquired(leases.tryAcquire(THEIRS)).token()).isGreaterThan(above.token());
      var highest = acquired(leases.tryAcquire(THEIRS.above(Lease.MAX_TOKEN - 1)));
      assertThat(highest.token()).isEqualTo(Lease.MAX_TOKEN);
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void aTakeOverEndsTheLeaseOfTheHolder(LeaseServer server) throws Exception {
    try (var leases = server.store().connect()) {
      var first = acquired(leases.tryAcquire(MINE));
      var second = leases.takeOver(THEIRS);
      assertThat(second.token()).isGreaterThan(first.token());
      assertThat(leases.renew(first)).isEmpty();
      assertThat(leases.release(first)).isFalse();
      assertThat(held(leases.tryAcquire(MINE)).owner()).isEqualTo("run-2");
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void aLeaseThatIsNotRenewedEndsByTheServersClock(LeaseServer server) throws Exception {
    try (var leases = server.store().connect()) {
      var lease =
          acquired(leases.tryAcquire(LeaseRequest.of(MINE.key(), "run-1", Duration.ofMillis(300))));
      Awaitility.await().until(() -> leases.tryAcquire(THEIRS) instanceof LeaseAnswer.Acquired);
      assertThat(lease.isExpired(System.nanoTime())).as("by the holder's clock, earlier").isTrue();
      assertThat(leases.renew(lease)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void whatHasRunOutIsNotRenewedEvenIfNobodyWantedIt(LeaseServer server) throws Exception {
    try (var leases = server.store().connect()) {
      var lease = acquired(leases.tryAcquire(MINE));
      server.clockJumpsAhead(MINE.key());
      assertThat(leases.holder(MINE.key())).isEmpty();
      assertThat(leases.renew(lease)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void ofManyThatAskAtOnceOneGetsTheKey(LeaseServer server) throws Exception {
    var threads = Executors.newFixedThreadPool(8);
    try {
      for (var round = 0; round < 5; round++) {
        var key = "crowd-" + round;
        var start = new CountDownLatch(1);
        Set<Long> tokens = ConcurrentHashMap.newKeySet();
        var answers =
            IntStream.range(0, 8)
                .<Future<Boolean>>mapToObj(
                    i ->
                        threads.submit(
                            () -> {
                              try (var leases = server.store().connect()) {
                                leases.holder(key);
                                start.await();
                                return leases.tryAcquire(LeaseRequest.of(key, "owner-" + i, LONG))
                                        instanceof LeaseAnswer.Acquired acquired
                                    && tokens.add(acquired.lease().token());
                              }
                            }))
                .toList();
        start.countDown();
        var winners = 0;
        for (var answer : answers) {
          winners += answer.get() ? 1 : 0;
        }
        assertThat(winners).as("round %d", round).isEqualTo(1);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** The answer is lost, the lease was given: whoever asks again has it, with the same token. */
  @ParameterizedTest
  @MethodSource("servers")
  void anAnswerThatIsLostIsAskedForAgain(LeaseServer server) throws Exception {
    try (var proxy = server.proxy();
        var leases = server.through(proxy).connect();
        var direct = server.store().connect()) {
      leases.holder(MINE.key());
      server.loseAnswer(proxy);
      assertThatThrownBy(() -> leases.tryAcquire(MINE))
          .isInstanceOf(StoreException.class)
          .matches(e -> ((StoreException) e).retryable());
      proxy.heal();
      var given = direct.holder(MINE.key());
      var lease = acquired(leases.tryAcquire(MINE));
      assertThat(given).map(LeaseHolder::token).hasValue(lease.token());
      assertThat(held(direct.tryAcquire(THEIRS)).token()).isEqualTo(lease.token());
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void anAbortedSessionAsksForNothingMore(LeaseServer server) throws Exception {
    var leases = server.store().connect();
    leases.holder("k");
    leases.abort();
    assertThatThrownBy(() -> leases.tryAcquire(MINE))
        .isInstanceOf(StoreException.class)
        .matches(e -> ((StoreException) e).retryable());
    leases.close();
  }

  @Test
  void aDatabaseWithoutTheTablesSaysWhichScriptMakesThem() throws Exception {
    var server = new PostgresLeaseServer(OnceflowDatabase.create("SELECT 1"));
    try (var leases = server.store().connect()) {
      assertThatThrownBy(() -> leases.tryAcquire(MINE))
          .hasMessageEndingWith(
              "Run flink-conf/sql/locks.sql as the owner of the leases' database.")
          .matches(e -> ((StoreException) e).errorClass() == ErrorClass.SYSTEM);
    }
  }
}
