package io.onceflow.common.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.RetryPolicy;
import io.onceflow.common.lock.LockServers.LeaseServer;
import io.onceflow.common.lock.LockServers.PostgresTarget;
import io.onceflow.common.lock.LockServers.RedisLeaseServer;
import io.onceflow.common.lock.LockServers.Target;
import io.onceflow.common.sink.postgres.PostgresFence;
import io.onceflow.testbed.servers.ChildProcess;
import io.onceflow.testbed.servers.RedisServer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two holders of one key at the same time, by everything that can bring that about. Each case is
 * played twice: with the fence no write of the stale holder gets in, and without it one does, so
 * that the case is one.
 */
@Timeout(180)
class StaleHolderIT {

  private static final String KEY = "account/17";
  private static final Duration TTL = Duration.ofMinutes(5);
  private static final RetryPolicy WAITING =
      new RetryPolicy(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofSeconds(30));

  @TempDir Path directory;

  /** Leases and the protected data on every pair of stores, with the fence and without. */
  static Stream<Arguments> everywhere() {
    return Stream.of(true, false)
        .flatMap(
            isFenced ->
                IntStream.range(0, 2)
                    .boxed()
                    .flatMap(
                        // Each case has leases of its own, for all lock the same key.
                        i ->
                            IntStream.range(0, 2)
                                .mapToObj(
                                    j ->
                                        Arguments.of(
                                            LockServers.leaseServers().get(i),
                                            LockServers.targets().get(j),
                                            isFenced))));
  }

  private static Lease acquire(LeaseStore store, String owner) throws Exception {
    try (var leases = store.connect()) {
      var answer = leases.tryAcquire(LeaseRequest.of(KEY, owner, TTL));
      assertThat(answer).isInstanceOf(LeaseAnswer.Acquired.class);
      return ((LeaseAnswer.Acquired) answer).lease();
    }
  }

  /** Whether a holder's write got in. */
  private static boolean append(Target target, Lease lease, String value, boolean isFenced)
      throws Exception {
    try {
      target.store().append(lease, value, isFenced);
      return true;
    } catch (FencedException e) {
      return false;
    }
  }

  /** As a user does it: the key is taken, and taken again above what the store has seen. */
  private static Lease appendInSection(
      LeaseStore store, Target target, String value, boolean isFenced) throws Exception {
    try (var section = LockedSection.of(store, "newer", TTL, WAITING)) {
      return section.run(
          KEY,
          lease -> {
            target.store().append(lease, value, isFenced);
            return lease;
          });
    }
  }

  /** What the stale holder had written before, and what the newer one wrote; and nothing else. */
  private static void assertStaleIsOut(Target target, boolean isFenced, String... good) {
    if (isFenced) {
      assertThat(target.written()).containsExactly(good);
    } else {
      assertThat(target.written())
          .as("without the fence the stale write gets in, so the case is one")
          .contains("stale");
    }
  }

  @ParameterizedTest(name = "leases {0}, data {1}, fenced {2}")
  @MethodSource("everywhere")
  void aHolderThatIsPausedBeyondItsLeaseWritesNothing(
      LeaseServer leases, Target target, boolean isFenced) throws Exception {
    var order = new HolderProcess.Order(leases.store(), target.store(), KEY, isFenced);
    var process = HolderProcess.start(order, directory);
    try {
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> !process.isAlive() || ChildProcess.isStopped(process.pid()));
      assertThat(process.isAlive()).as(() -> log()).isTrue();
      appendInSection(leases.store(), target, "second", isFenced);
      assertThat(new ProcessBuilder("kill", "-CONT", "" + process.pid()).start().waitFor())
          .isZero();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue())
          .as(() -> log())
          .isEqualTo(isFenced ? HolderProcess.FENCED : HolderProcess.WRITTEN);
    } finally {
      process.destroyForcibly();
    }
    assertStaleIsOut(target, isFenced, "first", "second");
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("holder.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @ParameterizedTest(name = "leases {0}, data {1}, fenced {2}")
  @MethodSource("everywhere")
  void ofTwoHoldersTheOlderOneWritesNothingOnceTheNewerOneHas(
      LeaseServer leases, Target target, boolean isFenced) throws Exception {
    var older = acquire(leases.store(), "older");
    assertThat(append(target, older, "first", isFenced)).isTrue();
    Lease newer;
    try (var session = leases.store().connect()) {
      newer = session.takeOver(LeaseRequest.of(KEY, "newer", TTL));
    }
    assertThat(append(target, newer, "second", isFenced)).isTrue();
    assertThat(older.isExpired(System.nanoTime())).as("it knows nothing of it").isFalse();
    assertThat(append(target, older, "stale", isFenced)).isEqualTo(!isFenced);
    assertThat(append(target, newer, "third", isFenced)).isTrue();
    assertStaleIsOut(target, isFenced, "first", "second", "third");
  }

  @ParameterizedTest(name = "leases {0}, data {1}, fenced {2}")
  @MethodSource("everywhere")
  void aServersClockThatJumpsAheadMakesTwoHoldersOfWhichOneWrites(
      LeaseServer leases, Target target, boolean isFenced) throws Exception {
    var older = acquire(leases.store(), "older");
    assertThat(append(target, older, "first", isFenced)).isTrue();
    leases.clockJumpsAhead(KEY);
    appendInSection(leases.store(), target, "second", isFenced);
    assertThat(older.isExpired(System.nanoTime())).as("by its own clock").isFalse();
    assertThat(append(target, older, "stale", isFenced)).isEqualTo(!isFenced);
    assertStaleIsOut(target, isFenced, "first", "second");
  }

  @ParameterizedTest(name = "leases {0}, data {1}, fenced {2}")
  @MethodSource("everywhere")
  void aServersClockThatJumpsBackKeepsTheKeyLongerAndLetsNobodyIn(
      LeaseServer leases, Target target, boolean isFenced) throws Exception {
    var older = acquire(leases.store(), "older");
    assertThat(append(target, older, "first", isFenced)).isTrue();
    leases.clockJumpsBack(KEY);
    try (var session = leases.store().connect()) {
      var request = LeaseRequest.of(KEY, "newer", TTL);
      assertThat(session.tryAcquire(request)).isInstanceOf(LeaseAnswer.Held.class);
      var newer = session.takeOver(request);
      assertThat(append(target, newer, "second", isFenced)).isTrue();
    }
    assertThat(append(target, older, "stale", isFenced)).isEqualTo(!isFenced);
    assertStaleIsOut(target, isFenced, "first", "second");
  }

  /**
   * The lease store forgets lease and counter, so the next holder gets the stale one's token: the
   * store that is written to tells them apart by their owners, and the newer one goes above it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterFlushallTheStaleHoldersTokenIsOfNoUse(boolean isFenced) throws Exception {
    try (var server = RedisServer.start()) {
      var leases = new RedisLeaseServer(server, LockServers.redis(server));
      for (var target : LockServers.targets()) {
        server.command("FLUSHALL");
        var older = acquire(leases.store(), "older");
        assertThat(append(target, older, "first", isFenced)).isTrue();
        server.command("FLUSHALL");
        var newer = appendInSection(leases.store(), target, "second", isFenced);
        assertThat(newer.token())
            .as("the counter went back, the fence did not")
            .isEqualTo(isFenced ? older.token() + 1 : older.token());
        assertThat(append(target, older, "stale", isFenced)).isEqualTo(!isFenced);
        assertStaleIsOut(target, isFenced, "first", "second");
      }
    }
  }

  /** The lease store comes back with what it knew before both holders. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterAnAppendOnlyFileThatLostItsEndNoStaleTokenIsOfUse(boolean isFenced) throws Exception {
    for (var target : LockServers.targets()) {
      try (var server = RedisServer.start()) {
        var config = LockServers.redis(server);
        var leases = new RedisLeaseServer(server, config);
        server.command("SET", "before", "both");
        var file = appendOnlyFile(server);
        var sizeBefore = Files.size(file);
        var oldest = acquire(leases.store(), "oldest");
        assertThat(append(target, oldest, "first", isFenced)).isTrue();
        var older = appendInSectionAfterTakingOver(leases, target, isFenced);

        server.kill();
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(sizeBefore);
        }
        server.restart();
        assertThat(server.command("GET", "before")).as("only the end is gone").isEqualTo("both");
        var newest = appendInSection(leases.store(), target, "third", isFenced);
        for (var stale : List.of(oldest, older)) {
          assertThat(append(target, stale, "stale", isFenced)).isEqualTo(!isFenced);
        }
        assertThat(append(target, newest, "fourth", isFenced)).isTrue();
        assertStaleIsOut(target, isFenced, "first", "second", "third", "fourth");
      }
    }
  }

  private static Lease appendInSectionAfterTakingOver(
      LeaseServer leases, Target target, boolean isFenced) throws Exception {
    leases.clockJumpsAhead(KEY);
    return appendInSection(leases.store(), target, "second", isFenced);
  }

  /** Redis 6 has one, whose name it tells. */
  private static Path appendOnlyFile(RedisServer server) {
    try (var client = server.connect()) {
      var directory = client.list("CONFIG", "GET", "dir").get(1);
      var name = client.list("CONFIG", "GET", "appendfilename").get(1);
      return Path.of(directory, name);
    }
  }

  /** The database's own fence: whoever comes second waits, and sees what the first has written. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aNewerHolderWaitsForWhatAnOlderOneHasBegunToWrite(boolean isFenced) throws Exception {
    var target = new PostgresTarget(LockServers.database());
    var store = (ProtectedStore.InPostgres) target.store();
    var older = Lease.of(LeaseRequest.of(KEY, "older", TTL), 1, System.nanoTime());
    var newer = Lease.of(LeaseRequest.of(KEY, "newer", TTL), 2, System.nanoTime());
    try (var slow = store.connect()) {
      if (isFenced) {
        PostgresFence.raise(slow, older);
      }
      ProtectedStore.InPostgres.insert(slow, "first");
      var second =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return append(target, newer, "second", isFenced);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      if (isFenced) {
        Awaitility.await().until(() -> isWaiting(target));
        assertThat(second).isNotDone();
      } else {
        second.get(30, TimeUnit.SECONDS);
      }
      assertThat(target.written()).hasSize(isFenced ? 0 : 1);
      slow.commit();
      assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(target.written()).containsExactlyInAnyOrder("first", "second");
  }

  private static boolean isWaiting(PostgresTarget target) {
    return target.database().number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0;
  }
}
