package io.onceflow.common.retry;

import static io.onceflow.common.retry.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.World.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Unfinished messages and the watermark, which the harness lets them hold for 30 s. */
@Timeout(60)
class RetryWatermarkTest {

  private static final RetryRules RULES =
      RetryOperatorTest.RULES.with(
          new AttemptLimits(4, 2, Duration.ofMinutes(2), Duration.ofMinutes(10)));

  /** Messages of key slow are answered late; the event time of a message is its number. */
  private static World slow(long slowMs) {
    return new World(attempt -> Answer.ok(attempt.message().key().equals("slow") ? slowMs : 10));
  }

  /** What came out, in order: results as their timestamps, everything else as it is. */
  private static List<Object> out(RetryHarness retry) {
    List<Object> all = new ArrayList<>();
    for (Object element : retry.harness.getOutput()) {
      all.add(element instanceof StreamRecord<?> record ? record.getTimestamp() : element);
    }
    retry.harness.getOutput().clear();
    return all;
  }

  @Test
  void theWatermarkWaitsForTheOldestUnfinishedMessage() throws Exception {
    try (RetryHarness retry = RetryHarness.fresh(slow(20_000), RULES)) {
      retry.send(message(5, "slow"), message(7, "a"));
      retry.harness.processWatermark1(new Watermark(3));
      retry.harness.processWatermark1(new Watermark(9));
      retry.advance(1_000, 10);
      assertThat(out(retry)).containsExactly(new Watermark(3), new Watermark(4), 7L);
      retry.send(message(11, "a"));
      retry.advance(18_000, 100);
      assertThat(out(retry)).containsExactly(11L);
      retry.advance(2_000, 100);
      assertThat(out(retry)).as("the result first").containsExactly(5L, new Watermark(9));
    }
  }

  @Test
  void afterTheTimeItGoesOnAndTheResultIsLate() throws Exception {
    World world = slow(40_000);
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(5, "slow"));
      retry.harness.processWatermark1(new Watermark(9));
      retry.advance(29_999, 9_999);
      assertThat(out(retry)).containsExactly(new Watermark(4));
      retry.advance(1, 1);
      assertThat(out(retry)).containsExactly(new Watermark(9));
      retry.advance(15_000, 1_000);
      assertThat(out(retry)).containsExactly(5L);
    }
  }

  @Test
  void aMessageThatWasLateWhenItCameHoldsNothing() throws Exception {
    try (RetryHarness retry = RetryHarness.fresh(slow(20_000), RULES)) {
      retry.harness.processWatermark1(new Watermark(6));
      retry.send(message(5, "slow"));
      retry.harness.processWatermark1(new Watermark(9));
      assertThat(out(retry)).containsExactly(new Watermark(6), new Watermark(9));
    }
  }

  @Test
  void anIdleInputIsIdleOnceNothingHoldsTheWatermark() throws Exception {
    try (RetryHarness retry = RetryHarness.fresh(slow(20_000), RULES)) {
      retry.send(message(5, "slow"));
      retry.harness.processWatermark1(new Watermark(9));
      retry.harness.processWatermarkStatus1(WatermarkStatus.IDLE);
      assertThat(out(retry)).containsExactly(new Watermark(4));
      retry.advance(20_000, 1_000);
      assertThat(out(retry)).containsExactly(5L, new Watermark(9), WatermarkStatus.IDLE);
      retry.harness.processWatermarkStatus1(WatermarkStatus.ACTIVE);
      assertThat(out(retry)).containsExactly(WatermarkStatus.ACTIVE);
    }
  }

  @Test
  void aRestoredMessageHoldsForWhatIsLeftOfItsTime() throws Exception {
    World world = slow(40_000);
    OperatorSubtaskState state;
    try (RetryHarness retry = RetryHarness.fresh(world, RULES)) {
      retry.send(message(5, "slow"));
      retry.advance(10_000, 1_000);
      state = retry.snapshot(1);
    }
    try (RetryHarness retry = new RetryHarness(world, RULES, OrderPolicy.STRICT_KEY, state)) {
      retry.harness.processWatermark1(new Watermark(9));
      retry.advance(19_000, 1_000);
      assertThat(out(retry)).containsExactly(new Watermark(4));
      retry.advance(1_000, 1_000);
      assertThat(out(retry)).containsExactly(new Watermark(9));
    }
  }
}
