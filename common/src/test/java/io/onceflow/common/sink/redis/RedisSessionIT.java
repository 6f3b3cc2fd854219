package io.onceflow.common.sink.redis;

import static io.onceflow.common.sink.postgres.Epochs.segments;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Cut;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import io.onceflow.testbed.servers.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the conformance suite does not know of Redis: its commands, and epochs of many chunks. */
@Timeout(120)
class RedisSessionIT {

  private final RedisKeys keys = RedisKeys.on(TestServers.redis());

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  /** What a process that ends here looks like. */
  private static void crashAt(String point, int hit) {
    var hits = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          if (hits.incrementAndGet() == hit) {
            throw new IllegalStateException("the process ends here");
          }
        });
  }

  @Test
  void everyCommandDoesWhatRedisDoes() throws Exception {
    var epochs = keys.epochs();
    try (var session = epochs.open()) {
      var before =
          List.of(
              RedisOperation.set(keys.key("old"), "text"),
              RedisOperation.sadd(keys.key("set"), "a", "b"),
              RedisOperation.hset(keys.key("hash"), Map.of("f", "1", "g", "2")),
              RedisOperation.zadd(keys.key("sorted"), 1, "one"),
              RedisOperation.zadd(keys.key("sorted"), Double.NEGATIVE_INFINITY, "first"));
      session.apply(epochs.epoch(1, before), segments());
      var after =
          List.of(
              RedisOperation.del(keys.key("old")),
              RedisOperation.srem(keys.key("set"), "a", "none"),
              RedisOperation.hdel(keys.key("hash"), "f"),
              RedisOperation.hset(keys.key("hash"), "h", "3"),
              RedisOperation.zadd(keys.key("sorted"), 1.5e-7, "one"),
              RedisOperation.zrem(keys.key("sorted"), "first"),
              RedisOperation.incrBy(keys.key("counter"), Long.MAX_VALUE / 2),
              RedisOperation.incrBy(keys.key("counter"), -7),
              RedisOperation.xadd(keys.key("stream"), Map.of("id", "1")));
      session.apply(epochs.epoch(2, after), segments());
    }
    var server = keys.server();
    assertThat(keys.get("old")).isNull();
    assertThat(server.command("SMEMBERS", keys.key("set"))).isEqualTo(List.of("b"));
    assertThat((List<?>) server.command("HGETALL", keys.key("hash")))
        .isEqualTo(List.of("g", "2", "h", "3"));
    assertThat((List<?>) server.command("ZRANGE", keys.key("sorted"), "0", "-1", "WITHSCORES"))
        .hasSize(2)
        .first()
        .isEqualTo("one");
    assertThat(Double.parseDouble((String) server.command("ZSCORE", keys.key("sorted"), "one")))
        .isEqualTo(1.5e-7);
    assertThat(keys.get("counter")).isEqualTo(Long.toString(Long.MAX_VALUE / 2 - 7));
    assertThat(server.command("XLEN", keys.key("stream"))).isEqualTo(1L);
  }

  @Test
  void bytesThatAreNoTextArriveAsTheyAre() throws Exception {
    var epochs = keys.epochs();
    var bytes = new byte[] {0, (byte) 0xff, '\r', '\n', (byte) 0xc3};
    var key = keys.key("bytes").getBytes(UTF_8);
    try (var session = epochs.open()) {
      var set = RedisOperation.of(RedisOperation.Command.SET, key, List.of(bytes));
      session.apply(epochs.epoch(1, List.of(set)), segments());
    }
    assertThat(keys.server().command("STRLEN", keys.key("bytes"))).isEqualTo(5L);
    assertThat(keys.server().command("BITCOUNT", keys.key("bytes"))).isEqualTo(8L + 3 + 2 + 4);
  }

  @Test
  void anEpochOfSeveralChunksIsContinuedBehindItsLastRowAlsoWithOtherChunks() throws Exception {
    var epochs = keys.inChunksOf(3).epochs();
    var other = keys.inChunksOf(7);
    try (var session = epochs.open()) {
      for (var checkpoint = 1; checkpoint <= 8; checkpoint++) {
        var epoch = epochs.epoch(checkpoint, keys.increments("counter", 20));
        crashAt(CrashPoints.APPLY_MIDDLE, checkpoint);
        assertThat(catchThrowable(() -> session.apply(epoch, segments())) != null)
            .as("crash %d", checkpoint)
            .isEqualTo(checkpoint < 8);
        CrashPoints.disarmAll();
        try (var next = other.session(owner())) {
          assertThat(next.apply(epoch, segments()).alreadyCommitted()).isEqualTo(checkpoint == 8);
        }
        assertThat(keys.get("counter")).isEqualTo(Integer.toString(20 * checkpoint));
      }
    }
  }

  /** The run that has claimed the sink. */
  private String owner() {
    return (String)
        keys.server().command("HGET", Names.record(keys.prefix(), Epochs.SINK), "owner-run");
  }

  @Test
  void readersSeeALargerEpochChunkByChunkAndASmallerOneAsAWhole() throws Exception {
    for (var chunk : List.of(4, 12)) {
      var name = "seen-" + chunk;
      var fresh = RedisKeys.on(keys.server()).inChunksOf(chunk);
      var epochs = fresh.epochs();
      var seen = new ArrayList<Object>();
      try (var session = epochs.open()) {
        for (var point : List.of(CrashPoints.APPLY_MIDDLE, CrashPoints.APPLY_BEFORE_COMMIT)) {
          CrashPoints.arm(point, () -> seen.add(fresh.get(name)));
        }
        session.apply(epochs.epoch(1, fresh.increments(name, 12)), segments());
      }
      assertThat(seen).doesNotContain("12").hasSizeGreaterThan(1);
      assertThat(seen.contains("4")).isEqualTo(chunk == 4);
      assertThat(fresh.get(name)).isEqualTo("12");
    }
  }

  @Test
  void chunksAreBoundedByBytesAndARowThatIsLargerStandsAlone() throws Exception {
    var small = keys.with(keys.config().withChunks(1_000, 2_000));
    var epochs = small.epochs();
    var chunks = new AtomicInteger();
    try (var session = epochs.open()) {
      var rows =
          IntStream.range(0, 10)
              .mapToObj(
                  i -> RedisOperation.set(keys.key("k" + i), "x".repeat(i == 5 ? 50_000 : 900)))
              .toList();
      CrashPoints.arm(CrashPoints.APPLY_MIDDLE, chunks::incrementAndGet);
      session.apply(epochs.epoch(1, rows), segments());
    }
    assertThat(chunks.get()).isBetween(5, 7);
    assertThat(keys.server().command("STRLEN", keys.key("k5"))).isEqualTo(50_000L);
    assertThat(keys.server().command("STRLEN", keys.key("k9"))).isEqualTo(900L);
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void aConnectionThatBreaksAtAnyPieceOfManyChunksCountsOnce(Direction direction) throws Exception {
    try (var proxy = TcpProxy.to(keys.server().host(), keys.server().port())) {
      var password = keys.config().server().password();
      var through = RedisConfig.loopback(proxy.port(), password, keys.prefix());
      var epochs = keys.with(through).inChunksOf(2).epochs();
      try (var session = epochs.open()) {
        var fired = true;
        var checkpoint = 0;
        while (fired) {
          checkpoint++;
          var epoch = epochs.epoch(checkpoint, keys.increments("counter", 9));
          var trigger =
              proxy.whenPiece(direction, checkpoint, new ProxyAction.LoseRequest(Cut.RST));
          RedisKeys.settle(session, epoch);
          fired = trigger.hasFired();
          trigger.disarm();
          assertThat(keys.get("counter")).isEqualTo(Integer.toString(9 * checkpoint));
        }
        assertThat(checkpoint).isGreaterThan(5);
      }
    }
  }

  @Test
  void attemptsOfOneRunThatApplyTheSameChunksTogetherCountOnce() throws Exception {
    var store = keys.inChunksOf(5);
    var epochs = store.epochs();
    var threads = Executors.newFixedThreadPool(3);
    epochs.open().close();
    try {
      var run = owner();
      for (var checkpoint = 1; checkpoint <= 5; checkpoint++) {
        var epoch = epochs.epoch(checkpoint, keys.increments("counter", 100));
        Callable<ApplyResult> attempt =
            () -> {
              try (var one = store.session(run)) {
                return RedisKeys.settle(one, epoch);
              }
            };
        for (var done : threads.invokeAll(List.of(attempt, attempt, attempt))) {
          assertThat(done.get()).isNotNull();
        }
        assertThat(keys.get("counter")).isEqualTo(Integer.toString(100 * checkpoint));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Else its first chunks would be written again, and nobody would know. */
  @Test
  void aStartFromBeforeAnEpochThatWasBegunIsARewind() throws Exception {
    var epochs = keys.inChunksOf(2).epochs();
    Epoch begun;
    try (var session = epochs.open()) {
      begun = epochs.epoch(1, keys.increments("counter", 6));
      crashAt(CrashPoints.APPLY_BEFORE_COMMIT, 1);
      assertThatThrownBy(() -> session.apply(begun, segments())).hasMessageContaining("ends here");
      CrashPoints.disarmAll();
    }
    assertThat(keys.get("counter")).isEqualTo("4");
    var run = UUID.randomUUID().toString();
    try (var fresh = keys.session(run)) {
      assertThatThrownBy(() -> fresh.open(RedisKeys.fresh(run, OnRewind.FAIL)))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED))
          .hasMessageContaining("/checkpoints/chk-1");
      var restored =
          new OpenRequest(Epochs.SINK, run, begun.lineage(), OptionalLong.of(1), OnRewind.FAIL);
      var opened = fresh.open(restored);
      assertThat(opened.lineage()).isEqualTo(begun.lineage());
      assertThat(opened.lastCheckpointId()).isZero();
      assertThat(fresh.apply(begun, segments())).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(keys.get("counter")).isEqualTo("6");
  }

  @Test
  void anAcceptedRewindLeavesAnEpochThatWasBegunBehind() throws Exception {
    var epochs = keys.inChunksOf(2).epochs();
    var run = UUID.randomUUID().toString();
    try (var session = epochs.open();
        var fresh = keys.session(run)) {
      var begun = epochs.epoch(1, keys.increments("counter", 6));
      crashAt(CrashPoints.APPLY_BEFORE_COMMIT, 1);
      assertThatThrownBy(() -> session.apply(begun, segments())).hasMessageContaining("ends here");
      CrashPoints.disarmAll();
      var opened = fresh.open(RedisKeys.fresh(run, OnRewind.ACCEPT_DUPLICATES));
      assertThat(opened.lineage()).isNotEqualTo(begun.lineage());
      assertThat(opened.lastCheckpointId()).isZero();
      assertThatThrownBy(() -> fresh.apply(begun, segments()))
          .hasMessageContaining("of lineage " + begun.lineage());
      assertThat(fresh.open(RedisKeys.fresh(run, OnRewind.FAIL)).lineage())
          .isEqualTo(opened.lineage());
    }
    assertThat(keys.get("counter")).isEqualTo("4");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  void rowsThatCannotBeCarriedOutBecomeDeadLettersWithTheirReasons(int chunk) throws Exception {
    keys.server().command("SET", keys.key("text"), "no number");
    keys.server().command("SET", keys.key("full"), Long.toString(Long.MAX_VALUE - 1));
    keys.server().command("SADD", keys.key("set"), "a");
    var rows =
        List.of(
            RedisOperation.incrBy(keys.key("text"), 1),
            RedisOperation.incrBy(keys.key("full"), 5),
            RedisOperation.hset(keys.key("set"), "f", "v"),
            RedisOperation.incrBy(keys.key("good"), 1),
            RedisOperation.set(keys.key("new"), "text"),
            RedisOperation.incrBy(keys.key("new"), 1),
            RedisOperation.del(keys.key("set")),
            RedisOperation.hset(keys.key("set"), "f", "v"));
    var epochs = keys.inChunksOf(chunk).epochs();
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, rows), segments()))
          .isEqualTo(new ApplyResult(false, 4));
    }
    assertThat(letters())
        .extracting(letter -> letter.get("code"))
        .containsExactly("NOT-AN-INTEGER", "OVERFLOW", "WRONGTYPE", "NOT-AN-INTEGER");
    assertThat(letters().get(0))
        .containsEntry("sink", "test-sink")
        .containsEntry("target", keys.prefix() + "*")
        .containsEntry("row", "INCRBY " + keys.key("text") + " 1");
    assertThat(keys.get("good")).isEqualTo("1");
    assertThat(keys.get("new")).isEqualTo("text");
    assertThat(keys.server().command("HGET", keys.key("set"), "f")).isEqualTo("v");
  }

  private List<Map<String, String>> letters() {
    var entries =
        (List<?>) keys.server().command("XRANGE", Names.deadLetters(keys.prefix()), "-", "+");
    return entries.stream()
        .map(entry -> (List<?>) ((List<?>) entry).get(1))
        .map(
            words ->
                Stream.iterate(0, i -> i < words.size(), i -> i + 2)
                    .collect(
                        Collectors.toMap(
                            i -> (String) words.get(i), i -> (String) words.get(i + 1))))
        .toList();
  }

  @Test
  void withOnRejectFailAnEpochIsContinuedWhenTheKeyWasPutRight() throws Exception {
    keys.server().command("SET", keys.key("wrong"), "text");
    var epochs = keys.inChunksOf(2).epochs();
    var rows = new ArrayList<>(keys.increments("counter", 5));
    rows.add(RedisOperation.hset(keys.key("wrong"), "f", "v"));
    rows.addAll(keys.increments("counter", 5));
    try (var session = epochs.open(OnReject.FAIL)) {
      var epoch = epochs.epoch(1, rows);
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.ROW))
          .hasMessageContaining("WRONGTYPE");
      assertThat(keys.get("counter")).isEqualTo("4");
      keys.server().command("DEL", keys.key("wrong"));
      assertThat(session.apply(epoch, segments())).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(keys.get("counter")).isEqualTo("10");
  }

  @Test
  void aDamagedSegmentIsFoundBeforeTheFirstOfManyChunks() throws Exception {
    var epochs = keys.inChunksOf(2).epochs();
    try (var session = epochs.open()) {
      var parts = epochs.encode(keys.increments("counter", 50));
      var bytes = parts.get(0).inline().clone();
      bytes[bytes.length - 1] ^= 1;
      var whole = parts.get(0);
      parts.set(
          0,
          new SegmentPart(
              whole.target(), whole.rows(), whole.bytes(), whole.crc32c(), bytes, null));
      var epoch = epochs.epoch(1, parts);
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .hasMessageContaining("cannot be read")
          .hasMessageContaining("Nothing was committed");
    }
    assertThat(keys.get("counter")).isNull();
  }
}
