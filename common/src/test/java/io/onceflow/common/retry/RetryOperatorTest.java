package io.onceflow.common.retry;

import static io.onceflow.common.retry.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.Acknowledgement.Status;
import io.onceflow.common.retry.World.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetryOperatorTest {

  static final RetryRules RULES =
      RetryRules.DEFAULT
          .with(new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10)))
          .with(new AttemptLimits(4, 2, Duration.ofSeconds(30), Duration.ofMinutes(10)))
          .with(new BreakerRules(64, 100, Duration.ofSeconds(1), 1));

  static World always(Answer answer) {
    return new World(attempt -> answer);
  }

  private static World failingUntil(int attempt, Answer failure) {
    return new World(one -> one.number() < attempt ? failure : Answer.ok(10));
  }

  @Test
  void aSuccessIsAResultAndAnAcknowledgement() throws Exception {
    World world = always(Answer.ok(10));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"));
      assertThat(retry.results()).isEmpty();
      retry.advance(10, 1);
      assertThat(retry.results()).containsExactly("p-1");
      assertThat(retry.acknowledgements())
          .containsExactly(
              new Acknowledgement("p", 1, "p-1", "replies", Status.APPLIED, "ok", 1, 10, false));
      assertThat(retry.deadLetters()).isEmpty();
      assertThat(retry.harness.numKeyedStateEntries()).isEqualTo(1);
    }
  }

  @Test
  void aRefusalIsFinalAtOnce() throws Exception {
    World world = always(Answer.code(10, "no-funds"));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"));
      retry.advance(60_000, 10);
      assertThat(world.attempts).hasSize(1);
      assertThat(retry.results()).isEmpty();
      assertThat(retry.acknowledgements())
          .extracting(Acknowledgement::status, Acknowledgement::code)
          .containsExactly(org.assertj.core.groups.Tuple.tuple(Status.REJECTED, "no-funds"));
    }
  }

  @Test
  void aTransientFailureIsTriedAgainUnderTheSameIdempotencyKey() throws Exception {
    World world = failingUntil(3, Answer.code(10, "busy"));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"));
      retry.advance(60_000, 10);
      assertThat(world.attempts).extracting(World.Seen::attempt).containsExactly(1, 2, 3);
      assertThat(world.attempts).extracting(World.Seen::id).containsOnly("p-1");
      assertThat(retry.results()).containsExactly("p-1");
      assertThat(retry.acknowledgements())
          .extracting(Acknowledgement::status)
          .containsExactly(Status.WAITING, Status.WAITING, Status.APPLIED);
    }
  }

  @Test
  void followersWaitBehindAParkedMessageAndOtherKeysDoNot() throws Exception {
    World world =
        new World(
            attempt ->
                attempt.idempotencyKey().equals("p-1") && attempt.number() < 3
                    ? Answer.error(10, new IOException("down"))
                    : Answer.ok(10));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"), message(2, "a"), message(3, "b"), message(4, "a"));
      retry.advance(10, 10);
      assertThat(retry.results()).containsExactly("p-3");
      retry.advance(60_000, 10);
      assertThat(retry.results()).containsExactly("p-1", "p-2", "p-4");
    }
  }

  @Test
  void withoutOrderNobodyWaits() throws Exception {
    World world =
        new World(
            attempt ->
                attempt.idempotencyKey().equals("p-1") && attempt.number() < 3
                    ? Answer.code(10, "busy")
                    : Answer.ok(10));
    try (RetryHarness retry = new RetryHarness(world, RULES, OrderPolicy.UNORDERED, null)) {
      retry.send(message(1, "a"), message(2, "a"), message(3, "a"));
      retry.advance(10, 10);
      assertThat(retry.results()).containsExactly("p-2", "p-3");
      retry.advance(60_000, 10);
      assertThat(retry.results()).containsExactly("p-1");
    }
  }

  @Test
  void aDeadLetterHasAllAttempts() throws Exception {
    World world = always(Answer.error(10, new IOException("down\n")));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"));
      retry.advance(60_000, 10);
      RetryDeadLetter letter = retry.deadLetters().get(0);
      assertThat(letter.reason()).isEqualTo(RetryDeadLetter.ATTEMPTS_EXHAUSTED);
      assertThat(letter.message()).isEqualTo(message(1, "a"));
      assertThat(letter.failures()).extracting(FailedAttempt::number).containsExactly(1, 2, 3, 4);
      assertThat(letter.failures())
          .allSatisfy(
              failure -> {
                assertThat(failure.code()).isEqualTo("IOException");
                assertThat(failure.detail()).isEqualTo("java.io.IOException: down\\n");
                assertThat(failure.endedMs() - failure.startedMs()).isEqualTo(10);
              });
      assertThat(retry.finals())
          .extracting(Acknowledgement::status)
          .containsExactly(Status.DEAD_LETTERED);
    }
  }

  @Test
  void unforeseenErrorsAreTriedLessOften() throws Exception {
    // A negative latency is thrown by the handler itself.
    World world = always(Answer.error(-1, new IllegalStateException("a bug")));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"));
      retry.advance(60_000, 10);
      assertThat(retry.deadLetters())
          .extracting(RetryDeadLetter::reason)
          .containsExactly(RetryDeadLetter.UNKNOWN_ERRORS);
      assertThat(world.attempts).hasSize(2);
    }
  }

  @Test
  void garbageIsRejectedAndLetsTheNextOneGo() throws Exception {
    World world = always(Answer.ok(10));
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(Messages.garbage(1), message(2, "k"));
      retry.advance(10, 10);
      assertThat(retry.acknowledgements())
          .extracting(Acknowledgement::status, Acknowledgement::code)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple(Status.REJECTED, "undecodable"),
              org.assertj.core.groups.Tuple.tuple(Status.APPLIED, "ok"));
    }
  }

  @Test
  void anAttemptWithoutAnOutcomeIsGivenUpAndTriedAgain() throws Exception {
    World world = failingUntil(2, Answer.never());
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"));
      retry.advance(29_990, 10);
      assertThat(world.attempts).hasSize(1);
      retry.advance(1_000, 10);
      assertThat(retry.results()).containsExactly("p-1");
      assertThat(retry.acknowledgements())
          .extracting(Acknowledgement::code)
          .containsExactly(FailedAttempt.TIMEOUT, "ok");
    }
  }

  @Test
  void theDeadlineEndsWhatWaitsAndWhatWaitsBehindIt() throws Exception {
    RetryRules rules =
        RULES
            .with(new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1)))
            .with(new AttemptLimits(100, 2, Duration.ofSeconds(30), Duration.ofSeconds(5)));
    World world = always(Answer.code(10, "busy"));
    try (RetryHarness retry = RetryHarness.fresh(world, rules)) {
      retry.order(new RetryControl.Pause("default"));
      retry.send(message(1, "a"), message(2, "a"), message(3, "a"));
      retry.advance(4_990, 10);
      assertThat(retry.finals()).isEmpty();
      retry.advance(10, 10);
      assertThat(retry.deadLetters())
          .extracting(RetryDeadLetter::reason)
          .containsExactly("deadline_passed", "deadline_passed", "deadline_passed");
      assertThat(retry.finals()).hasSize(3);
      assertThat(world.attempts).isEmpty();
    }
  }

  @Test
  void aDuplicateIsAnsweredFromStateAndHasNoEffect() throws Exception {
    World world = always(Answer.ok(10));
    OperatorSubtaskState state;
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"), message(1, "a"));
      retry.advance(10, 10);
      assertThat(retry.finals()).hasSize(1);
      state = retry.snapshot(1);
    }
    try (RetryHarness retry = new RetryHarness(world, RULES, OrderPolicy.STRICT_KEY, state)) {
      retry.send(message(1, "a"));
      retry.advance(1000, 10);
      assertThat(world.attempts).hasSize(1);
      assertThat(retry.acknowledgements())
          .containsExactly(
              new Acknowledgement("p", 1, "p-1", "replies", Status.APPLIED, "ok", 1, 10, true));
    }
  }

  @Test
  void anAttemptUnderWayIsMadeAgainUnderItsNumber() throws Exception {
    World world = failingUntil(3, Answer.code(10, "busy"));
    OperatorSubtaskState state;
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(1, "a"), message(2, "a"));
      while (world.attempts.size() < 2) {
        retry.advance(1, 1);
      }
      state = retry.snapshot(1);
    }
    try (RetryHarness retry = new RetryHarness(world, RULES, OrderPolicy.STRICT_KEY, state)) {
      retry.advance(60_000, 10);
      assertThat(world.attempts.stream().filter(seen -> seen.id().equals("p-1")))
          .extracting(World.Seen::attempt)
          .containsExactly(1, 2, 2, 3);
      assertThat(retry.results()).containsExactly("p-1", "p-2");
    }
  }

  @Test
  void twoSubtasksGoOnWithWhatOneLeft() throws Exception {
    World world = failingUntil(2, Answer.code(10, "busy"));
    OperatorSubtaskState state;
    int keys = 20;
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      for (int i = 1; i <= keys; i++) {
        retry.send(message(i, "k" + i), message(keys + i, "k" + i));
      }
      retry.advance(10, 10);
      state = retry.snapshot(1);
    }
    List<String> results = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      try (RetryHarness retry = RetryHarness.rescaled(world, RULES, state, subtask)) {
        retry.advance(60_000, 10);
        assertThat(retry.results()).as("subtask %d", subtask).isNotEmpty().allMatch(results::add);
      }
    }
    assertThat(results).hasSize(2 * keys).doesNotHaveDuplicates();
  }

  @Test
  void whatCameDueWhileTheJobWasDownDoesNotComeAtOnce() throws Exception {
    RetryRules rules =
        RULES
            .with(new Backoff(Duration.ofSeconds(8), Duration.ofSeconds(8)))
            .with(new ConcurrencyLimits(1000, 1000))
            .with(new BreakerRules(64, 100, Duration.ofMillis(1), 1))
            .with(new BudgetRules(0, 100_000));
    World world = failingUntil(2, Answer.code(10, "busy"));
    OperatorSubtaskState state;
    int keys = 50;
    try (RetryHarness retry = RetryHarness.fresh(world, rules)) {
      for (int i = 1; i <= keys; i++) {
        retry.send(message(i, "k" + i));
      }
      retry.advance(10, 10);
      state = retry.snapshot(1);
    }
    world.advance(world.nowMs + 60_000);
    world.attempts.clear();
    try (RetryHarness retry = new RetryHarness(world, rules, OrderPolicy.STRICT_KEY, state)) {
      retry.advance(4_000, 100);
      assertThat(world.attempts.size()).isBetween(keys / 4, keys * 3 / 4);
      retry.advance(6_000, 100);
      assertThat(retry.results()).hasSize(keys);
    }
  }

  @Test
  void onlyTheWatermarksOfMessagesGoOn() throws Exception {
    try (RetryHarness retry = RetryHarness.fresh(always(Answer.ok(10)), RULES)) {
      retry.harness.processWatermark2(new Watermark(9));
      assertThat(retry.harness.getOutput()).isEmpty();
      retry.harness.processWatermark1(new Watermark(5));
      assertThat(List.copyOf(retry.harness.getOutput())).isEqualTo(List.of(new Watermark(5)));
    }
  }
}
