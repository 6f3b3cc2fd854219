package io.onceflow.common.retry;

import static io.onceflow.common.retry.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.World.Answer;
import java.time.Duration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Quotas, controls and the end of inputs. */
@Timeout(60)
class RetryLimitsTest {

  @Test
  void withoutRoomAMessageIsADeadLetterWhereTheQuotaSaysSo() throws Exception {
    RetryRules rules =
        RetryOperatorTest.RULES.with(
            new ParkingQuota(2, 1 << 20, ParkingQuota.Overflow.REJECT, Duration.ofSeconds(1)));
    World world = RetryOperatorTest.always(Answer.ok(10));
    try (RetryHarness retry = RetryHarness.fresh(world, rules)) {
      retry.send(message(1, "a"), message(2, "b"), message(3, "c"));
      assertThat(retry.deadLetters())
          .extracting(RetryDeadLetter::reason, letter -> letter.message().sequence())
          .containsExactly(org.assertj.core.groups.Tuple.tuple("overflow", 3L));
      retry.advance(10, 10);
      retry.send(message(4, "c"));
      retry.advance(10, 10);
      assertThat(retry.results()).containsExactly("p-1", "p-2", "p-4");
      assertThat(retry.finals()).hasSize(4);
    }
  }

  @Test
  void withoutRoomTheInputWaitsForAsLongAsTheQuotaSays() throws Exception {
    RetryRules rules =
        RetryOperatorTest.RULES.with(
            new ParkingQuota(
                1, 1 << 20, ParkingQuota.Overflow.BACK_PRESSURE, Duration.ofSeconds(1)));
    World world = RetryOperatorTest.always(Answer.ok(10));
    try (RetryHarness retry = RetryHarness.fresh(world, rules)) {
      retry.send(message(1, "a"));
      // The input is held inside of this call; what frees it comes as a mail.
      retry.mailDuringNextWait(() -> world.advance(10));
      retry.send(message(2, "b"));
      assertThat(retry.results()).containsExactly("p-1");
      assertThat(world.attempts).extracting(World.Seen::id).containsExactly("p-1", "p-2");
      retry.mailDuringNextWait(() -> retry.harness.setProcessingTime(1_000));
      retry.send(message(3, "c"));
      assertThat(retry.results()).as("taken over the quota, for the time is up").isEmpty();
      assertThat(world.attempts).hasSize(3);
      world.advance(2_000);
      retry.runMails();
      assertThat(retry.results()).containsExactly("p-2", "p-3");
    }
  }

  @Test
  void theEndOfBothInputsWaitsForWhatIsUnfinished() throws Exception {
    World world = RetryOperatorTest.always(Answer.ok(10));
    try (RetryHarness retry = RetryHarness.fresh(world, RetryOperatorTest.RULES)) {
      retry.order(new RetryControl.Pause("default"));
      retry.send(message(1, "a"), message(2, "a"));
      retry.harness.processWatermark1(Watermark.MAX_WATERMARK);
      retry.harness.endInput1();
      assertThat(world.attempts).isEmpty();
      assertThat(retry.harness.getOutput()).isEmpty();
      retry.mailDuringNextWait(
          () -> {
            world.advance(10);
            retry.mailDuringNextWait(() -> world.advance(20));
          });
      retry.harness.endInput2();
      assertThat(retry.harness.getOutput()).last().isEqualTo(Watermark.MAX_WATERMARK);
      assertThat(retry.results()).containsExactly("p-1", "p-2");
    }
  }

  @Test
  void aPauseHoldsAttemptsBackAndSurvivesARestore() throws Exception {
    World world = RetryOperatorTest.always(Answer.ok(10));
    OperatorSubtaskState state;
    try (RetryHarness retry = RetryHarness.fresh(world, RetryOperatorTest.RULES)) {
      retry.order(new RetryControl.Pause("bank"));
      retry.send(message("p", 1, "a", 5, "bank"), message("p", 2, "b", 5, "default"));
      retry.advance(1000, 10);
      assertThat(retry.results()).containsExactly("p-2");
      state = retry.snapshot(1);
    }
    try (RetryHarness retry =
        new RetryHarness(world, RetryOperatorTest.RULES, OrderPolicy.STRICT_KEY, state)) {
      retry.advance(1000, 10);
      assertThat(retry.results()).isEmpty();
      retry.order(new RetryControl.Resume("bank"));
      retry.advance(10, 10);
      assertThat(retry.results()).containsExactly("p-1");
    }
  }

  @Test
  void aDrainGivesUpWhatFailedAndLetsFollowersGo() throws Exception {
    World world =
        new World(
            attempt ->
                attempt.idempotencyKey().equals("p-1")
                    ? Answer.code(10, "bank-busy")
                    : Answer.ok(10));
    RetryRules rules =
        RetryOperatorTest.RULES.with(new Backoff(Duration.ofHours(1), Duration.ofHours(1)));
    rules = rules.with(new AttemptLimits(4, 2, Duration.ofSeconds(30), Duration.ofDays(1)));
    try (RetryHarness retry = RetryHarness.fresh(world, rules)) {
      retry.send(message(1, "a"), message(2, "a"));
      retry.advance(10, 10);
      retry.order(new RetryControl.Drain("default"));
      assertThat(retry.deadLetters()).isEmpty();
      retry.order(new RetryControl.Drain("bank"));
      assertThat(retry.deadLetters())
          .extracting(RetryDeadLetter::reason)
          .containsExactly(RetryDeadLetter.DRAINED);
      retry.advance(10, 10);
      assertThat(retry.results()).containsExactly("p-2");
    }
  }

  @Test
  void changedRulesCountAtOnceAndSurviveARestore() throws Exception {
    World world = RetryOperatorTest.always(Answer.code(10, "busy"));
    OperatorSubtaskState state;
    RetryRules changed =
        RetryOperatorTest.RULES.with(
            new AttemptLimits(1, 1, Duration.ofSeconds(30), Duration.ofMinutes(10)));
    try (RetryHarness retry = RetryHarness.fresh(world, RetryOperatorTest.RULES)) {
      retry.order(new RetryControl.ChangeRules(changed));
      state = retry.snapshot(1);
    }
    try (RetryHarness retry =
        new RetryHarness(world, RetryOperatorTest.RULES, OrderPolicy.STRICT_KEY, state)) {
      retry.send(message(1, "a"));
      retry.advance(10, 10);
      assertThat(retry.deadLetters()).hasSize(1);
    }
  }
}
