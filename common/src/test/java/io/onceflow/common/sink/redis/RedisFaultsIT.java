package io.onceflow.common.sink.redis;

import static io.onceflow.common.sink.postgres.Epochs.segments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.TlsMode;
import io.onceflow.testbed.servers.RedisServer;
import io.onceflow.testbed.servers.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that dies, is full, refuses, or is not what the sink needs. */
@Timeout(180)
class RedisFaultsIT {

  private static final int ROWS = 40_000;
  private static final int ROUNDS = 12;

  private RedisServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private RedisKeys started(RedisServer.Builder builder) {
    server = builder.start();
    return RedisKeys.on(server);
  }

  /**
   * kill -9 at a random moment, before, in or after the script. What the server then reads from its
   * file is the epoch as a whole or nothing of it, and a repetition counts it once.
   */
  @Test
  void aServerThatIsKilledWhileItsScriptRunsKeepsAnEpochAsAWholeOrNotAtAll() throws Exception {
    var keys = started(RedisServer.builder()).inChunksOf(ROWS);
    var epochs = keys.epochs();
    var random = new Random(7);
    var killer = Executors.newSingleThreadExecutor();
    var interrupted = 0;
    try (var session = epochs.open()) {
      for (var round = 1; round <= ROUNDS; round++) {
        var epoch = epochs.epoch(round, spread(keys, round));
        var delayNanos = TimeUnit.MICROSECONDS.toNanos(random.nextInt(250_000));
        var killed =
            killer.submit(
                () -> {
                  LockSupport.parkNanos(delayNanos);
                  server.kill();
                });
        interrupted += isInterrupted(() -> session.apply(epoch, segments())) ? 1 : 0;
        killed.get();
        server.restart();
        var found = sum(keys);
        assertThat(found).as("round %d", round).isIn((round - 1L) * ROWS, (long) round * ROWS);
        var result = RedisKeys.settle(session, epoch);
        assertThat(result.alreadyCommitted()).isEqualTo(found == (long) round * ROWS);
        assertThat(sum(keys)).isEqualTo((long) round * ROWS);
      }
    } finally {
      killer.shutdownNow();
    }
    assertThat(interrupted).as("kills that met an epoch on its way").isGreaterThan(2);
  }

  private static boolean isInterrupted(ThrowingCallable call) {
    var failure = catchThrowable(call);
    if (failure != null) {
      assertThat(failure)
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.retryable()).as(e.getMessage()).isTrue());
    }
    return failure != null;
  }

  /** Over counters, members and entries of a stream, so that an epoch is many writes. */
  private static List<RedisOperation> spread(RedisKeys keys, int round) {
    var rows = new ArrayList<RedisOperation>();
    for (var i = 0; i < ROWS; i++) {
      rows.add(
          i % 2 == 0
              ? RedisOperation.incrBy(keys.key("c" + i % 100), 1)
              : RedisOperation.sadd(keys.key("s" + i % 100), round + "-" + i));
    }
    return rows;
  }

  private static long sum(RedisKeys keys) {
    var sum = 0L;
    try (var client = keys.server().connect()) {
      for (var i = 0; i < 100; i += 2) {
        var count = (String) client.command("GET", keys.key("c" + i));
        sum += count == null ? 0 : Long.parseLong(count);
        sum += (Long) client.command("SCARD", keys.key("s" + (i + 1)));
      }
    }
    return sum;
  }

  @Test
  void aServerThatIsFullRefusesTheEpochBeforeItsFirstRow() throws Exception {
    var keys = started(RedisServer.builder());
    var epochs = keys.epochs();
    try (var session = epochs.open()) {
      var epoch = epochs.epoch(1, keys.increments("counter", 10));
      server.command("CONFIG", "SET", "maxmemory", "1");
      assertSystem(() -> session.apply(epoch, segments()), "raise its maxmemory");
      assertThat(keys.get("counter")).isNull();
      server.command("CONFIG", "SET", "maxmemory", "0");
      session.apply(epoch, segments());
    }
    assertThat(keys.get("counter")).isEqualTo("10");
  }

  /** The one error that the script cannot see before it writes: it stops and knows where. */
  @Test
  void aRightThatIsMissingStopsTheScriptAtItsRowAndTheNextAttemptBeginsThere() throws Exception {
    var admin = started(RedisServer.builder());
    var keys = as("job", admin);
    server.command("ACL", RedisGrants.ofJob("job", server.password(), keys.prefix()));
    server.command("ACL", "SETUSER", "job", "-zadd");
    var epochs = keys.inChunksOf(4).epochs();
    var rows = new ArrayList<>(keys.increments("counter", 6));
    rows.add(RedisOperation.zadd(keys.key("sorted"), 1, "one"));
    rows.addAll(keys.increments("counter", 6));
    try (var session = epochs.open()) {
      var epoch = epochs.epoch(1, rows);
      for (var attempt = 0; attempt < 2; attempt++) {
        assertSystem(() -> session.apply(epoch, segments()), "Grant the rights");
        assertThat(keys.get("counter")).isEqualTo("6");
      }
      server.command("ACL", "SETUSER", "job", "+zadd");
      assertThat(session.apply(epoch, segments())).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(keys.get("counter")).isEqualTo("12");
    assertThat(server.command("ZCARD", keys.key("sorted"))).isEqualTo(1L);
  }

  private static RedisKeys as(String user, RedisKeys keys) {
    var server =
        new RedisConfig.Server(
            keys.server().host(),
            keys.server().port(),
            user,
            Secret.fromFile(keys.server().passwordFile().toString()),
            TlsMode.DISABLE,
            null,
            Duration.ofSeconds(5),
            Duration.ofSeconds(60));
    var config = keys.config();
    return keys.with(
        new RedisConfig(server, config.keyPrefix(), config.chunkRows(), config.chunkBytes()));
  }

  @ParameterizedTest
  @CsvSource({
    "appendonly, no, has appendonly no",
    "appendfsync, everysec, set appendfsync always",
    "no-appendfsync-on-rewrite, yes, set no-appendfsync-on-rewrite no",
    "maxmemory-policy, volatile-ttl, set maxmemory-policy noeviction",
    "cluster-enabled, yes, runs in mode cluster",
    "replicaof, 127.0.0.1 1, is a replica of another one"
  })
  void aServerThatMayLoseWhatItAcknowledgesIsRefused(String setting, String value, String said) {
    var keys = started(RedisServer.builder().setting(setting, value));
    assertSystem(() -> keys.epochs().open(), said);
  }

  @Test
  void whatTheUserMayNotDoIsToldWithTheCommandThatGrantsIt() {
    var admin = started(RedisServer.builder());
    var keys = as("job", admin);
    var everything = "reset on >%s ~%s*".formatted(server.password(), keys.prefix());
    server.command("ACL", ("SETUSER job " + everything + " +eval +type +xadd").split(" "));
    assertSystem(
        () -> keys.epochs().open(),
        "4 problems",
        "ACL SETUSER job +info.",
        "ACL SETUSER job +config|get.",
        "ACL SETUSER job +hget +hset +hdel +getrange ~" + keys.prefix() + "*.",
        "ACL SETUSER job +hgetall.");
    server.command("ACL", RedisGrants.ofJob("job", server.password(), "{other}:"));
    assertSystem(() -> keys.epochs().open(), "+eval ~" + keys.prefix() + "*");
  }

  @Test
  void aWrongPasswordIsRefusedAndNotRepeated() {
    var keys = as("nobody", RedisKeys.on(TestServers.redis()));
    assertSystem(() -> keys.epochs().open(), "WRONGPASS", "Compare user and password");
    assertThatThrownBy(() -> keys.epochs().open())
        .hasMessageNotContaining(TestServers.redis().password());
  }

  private static void assertSystem(ThrowingCallable call, String... said) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
        .hasMessageContainingAll(said);
  }

  @Test
  void aServerThatStandsStillIsLeftByAnAbort() throws Exception {
    var keys = started(RedisServer.builder());
    var epochs = keys.epochs();
    var thread = Executors.newSingleThreadExecutor();
    try (var session = epochs.open()) {
      var epoch = epochs.epoch(1, keys.increments("counter", 10));
      server.pause();
      var call = thread.submit(() -> session.apply(epoch, segments()));
      assertThatThrownBy(() -> call.get(200, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      session.abort();
      assertThatThrownBy(() -> call.get(5, TimeUnit.SECONDS))
          .hasCauseInstanceOf(StoreException.class);
    } finally {
      thread.shutdownNow();
    }
  }
}
