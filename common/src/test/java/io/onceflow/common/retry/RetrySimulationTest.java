package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.Acknowledgement.Status;
import io.onceflow.common.retry.World.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random messages, answers, latencies, checkpoints and crashes, by seed and in virtual time. What a
 * message ends with is known beforehand, for an answer depends on the message and the number of the
 * attempt alone: neither order nor checkpoints nor crashes may change it.
 */
class RetrySimulationTest {

  private static final int SEEDS = 40;
  private static final int MESSAGES = 60;
  private static final long STEP_MS = 20;
  private static final long LIMIT_MS = 3_600_000;

  private static final RetryRules RULES =
      RetryRules.DEFAULT
          .with(new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2)))
          .with(new AttemptLimits(5, 2, Duration.ofMillis(400), Duration.ofDays(1)))
          .with(new ConcurrencyLimits(4, 3))
          .with(new BudgetRules(0.5, 5))
          .with(new BreakerRules(6, 50, Duration.ofMillis(500), 2))
          .with(new PriorityRules(Duration.ofSeconds(1), List.of(0, 20, 20)));

  @ParameterizedTest
  @EnumSource(OrderPolicy.class)
  void everyMessageEndsOnceAndAsItsAnswersSay(OrderPolicy order) throws Exception {
    for (long seed = 1; seed <= SEEDS; seed++) {
      new Run(seed, order, false).toTheEnd();
    }
  }

  @Test
  void theSameWithRocksDb() throws Exception {
    for (long seed = 1; seed <= 5; seed++) {
      new Run(seed, OrderPolicy.STRICT_KEY, true).toTheEnd();
    }
  }

  /** One seed. */
  private static final class Run {

    private final long seed;
    private final OrderPolicy order;
    private final boolean rocksDb;
    private final SplittableRandom random;
    private final World world = new World(this::answer);
    private final List<RetryMessage> input = new ArrayList<>();
    private final List<Acknowledgement> committed = new ArrayList<>();
    private final List<String> committedResults = new ArrayList<>();
    private final List<RetryDeadLetter> committedLetters = new ArrayList<>();
    private RetryHarness retry;
    private OperatorSubtaskState state;
    private int offset;
    private int savedOffset;
    private long checkpointId;
    private int crashes;

    Run(long seed, OrderPolicy order, boolean rocksDb) {
      this.seed = seed;
      this.order = order;
      this.rocksDb = rocksDb;
      this.random = new SplittableRandom(seed);
      Map<String, Long> sequences = new HashMap<>();
      for (int i = 0; i < MESSAGES; i++) {
        if (i > 0 && random.nextInt(10) == 0) {
          input.add(input.get(random.nextInt(i)));
          continue;
        }
        String producer = "p" + random.nextInt(3);
        long sequence = sequences.merge(producer, 1L, Long::sum);
        String dependency = random.nextInt(4) == 0 ? "bank" : "default";
        String key = "k" + random.nextInt(8);
        input.add(Messages.message(producer, sequence, key, random.nextInt(3), dependency));
      }
    }

    private Answer answer(Attempt<String> attempt) {
      SplittableRandom fate =
          new SplittableRandom(
              seed * 31 + attempt.idempotencyKey().hashCode() * 17L + attempt.number());
      long latency = STEP_MS * (1 + fate.nextInt(10));
      return switch (fate.nextInt(20)) {
        case 0 -> Answer.code(latency, "no-funds");
        case 1 -> Answer.error(latency, new IllegalStateException("unforeseen"));
        case 2 -> Answer.never();
        case 3, 4, 5 -> Answer.code(latency, "busy");
        case 6, 7 -> Answer.code(latency, "bank-busy");
        case 8 -> Answer.error(latency, new IOException("down"));
        default -> Answer.ok(latency);
      };
    }

    /** What a message ends with. */
    private String expected(RetryMessage message) {
      int unknown = 0;
      for (int number = 1; number <= RULES.attempts().maxAttempts(); number++) {
        Answer answer = answer(new Attempt<>("", message.id(), number, message));
        if (answer.error() instanceof IllegalStateException) {
          unknown++;
        } else if (answer.result() != null && answer.result().code().equals("ok")) {
          return Status.APPLIED + " ok " + number;
        } else if (answer.result() != null && answer.result().code().equals("no-funds")) {
          return Status.REJECTED + " no-funds " + number;
        }
        if (number == RULES.attempts().maxAttempts()) {
          return Status.DEAD_LETTERED + " attempts_exhausted " + number;
        }
        if (unknown == RULES.attempts().maxUnknown()) {
          return Status.DEAD_LETTERED + " unknown_errors " + number;
        }
      }
      throw new IllegalStateException("not reached");
    }

    void toTheEnd() throws Exception {
      open();
      while (offset < input.size() || !isQuiet()) {
        assertThat(world.nowMs).as("seed %d does not end", seed).isLessThan(LIMIT_MS);
        if (offset < input.size() && random.nextInt(3) == 0) {
          retry.send(input.get(offset++));
        }
        retry.step(world.nowMs + STEP_MS);
        int dice = random.nextInt(60);
        if (dice < 3) {
          checkpoint();
        } else if (dice == 3 && crashes < 6) {
          crash();
        }
      }
      checkpoint();
      retry.close();
      check();
    }

    private boolean isQuiet() {
      return retry.harness.getProcessingTimeService().getActiveTimerTimestamps().isEmpty()
          && savedOffset == input.size()
          && isAllFinal();
    }

    private boolean isAllFinal() {
      long finals = committed.stream().filter(one -> one.isFinal() && !one.repeated()).count();
      return finals == input.stream().distinct().count();
    }

    private void open() throws Exception {
      retry = new RetryHarness(world, RULES, order, state, rocksDb, 1, 0);
      offset = savedOffset;
    }

    /** What came out before the barrier becomes visible; what comes out after it not yet. */
    private void checkpoint() throws Exception {
      state = retry.snapshot(++checkpointId);
      savedOffset = offset;
      committed.addAll(retry.acknowledgements());
      committedResults.addAll(retry.results());
      committedLetters.addAll(retry.deadLetters());
    }

    private void crash() throws Exception {
      crashes++;
      retry.close();
      world.advance(world.nowMs + random.nextInt(3000));
      open();
    }

    private void check() {
      Map<String, String> finals = new HashMap<>();
      for (Acknowledgement one : committed) {
        String outcome = "%s %s %d".formatted(one.status(), one.code(), one.attempts());
        if (one.repeated()) {
          assertThat(outcome).as("seed %d", seed).isEqualTo(finals.get(one.id()));
        } else if (one.isFinal()) {
          assertThat(finals.put(one.id(), outcome)).as("seed %d, %s", seed, one).isNull();
        }
      }
      List<String> applied = new ArrayList<>();
      List<String> dead = new ArrayList<>();
      for (RetryMessage message : input.stream().distinct().toList()) {
        String expected = expected(message);
        assertThat(finals.get(message.id())).as("seed %d, %s", seed, message).isEqualTo(expected);
        if (expected.startsWith(Status.APPLIED.name())) {
          applied.add(message.id());
        } else if (expected.startsWith(Status.DEAD_LETTERED.name())) {
          dead.add(message.id());
        }
      }
      assertThat(committedResults).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(applied);
      assertThat(world.effects.keySet()).as("seed %d", seed).hasSameElementsAs(applied);
      assertThat(committedLetters)
          .as("seed %d", seed)
          .extracting(letter -> letter.message().id())
          .containsExactlyInAnyOrderElementsOf(dead);
      for (RetryDeadLetter letter : committedLetters) {
        assertThat(letter.failures())
            .as("seed %d", seed)
            .extracting(FailedAttempt::number)
            .isSorted()
            .doesNotHaveDuplicates()
            .startsWith(1);
      }
      if (order != OrderPolicy.UNORDERED) {
        checkOrder();
      }
    }

    /** Effects and results of a key are in the order of its messages. */
    private void checkOrder() {
      Map<String, List<String>> sent = new HashMap<>();
      Map<String, List<String>> done = new HashMap<>();
      Map<String, List<String>> told = new HashMap<>();
      Map<String, String> keys = new HashMap<>();
      for (RetryMessage message : input.stream().distinct().toList()) {
        keys.put(message.id(), message.key());
        if (world.effects.containsKey(message.id())) {
          sent.computeIfAbsent(message.key(), key -> new ArrayList<>()).add(message.id());
        }
      }
      for (RetryMessage message : world.effects.values()) {
        done.computeIfAbsent(message.key(), key -> new ArrayList<>()).add(message.id());
      }
      for (String result : committedResults) {
        told.computeIfAbsent(keys.get(result), key -> new ArrayList<>()).add(result);
      }
      assertThat(done).as("effects of seed %d", seed).isEqualTo(sent);
      assertThat(told).as("results of seed %d", seed).isEqualTo(sent);
    }
  }

  @Test
  void failingKeysDelayNoOtherKey() throws Exception {
    long latencyMs = 40;
    World world =
        new World(
            attempt ->
                attempt.message().headers().get("dependency").equals("bank")
                    ? Answer.code(200, "bank-busy")
                    : Answer.ok(latencyMs));
    RetryRules rules = RULES.with(new ConcurrencyLimits(8, 4));
    Map<String, Long> sentMs = new HashMap<>();
    int healthy = 0;
    try (RetryHarness retry = RetryHarness.fresh(world, rules)) {
      for (int i = 1; i <= 1000; i++) {
        boolean fails = i % 2 == 0;
        RetryMessage message =
            Messages.message("p", i, "k" + i % 50, fails ? 0 : 1, fails ? "bank" : "default");
        sentMs.put(message.id(), world.nowMs);
        retry.send(message);
        retry.step(world.nowMs + STEP_MS);
        for (Acknowledgement one : retry.acknowledgements()) {
          if (one.status() == Status.APPLIED) {
            healthy++;
            assertThat(one.atMs() - sentMs.get(one.id())).as(one.id()).isEqualTo(latencyMs);
          }
        }
      }
    }
    assertThat(healthy).isGreaterThan(490);
  }
}
