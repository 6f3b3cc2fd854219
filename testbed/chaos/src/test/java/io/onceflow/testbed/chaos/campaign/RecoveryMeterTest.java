package io.onceflow.testbed.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecoveryMeterTest {

  private static final Instant KILLED = Instant.ofEpochSecond(1_000);

  private static OptionalLong measured(long... commitsMs) {
    return RecoveryMeter.endOfOutage(
        KILLED, LongStream.of(commitsMs).mapToObj(KILLED::plusMillis).toList());
  }

  @Test
  void theEndOfTheLongestStretchCountsOnceCommitsGoOn() {
    assertThat(measured(-500, 200, 4_200, 5_200)).isEmpty();
    assertThat(measured(-500, 200, 4_200, 5_200, 6_200)).hasValue(4_200);
    assertThat(measured(4_200, 5_200, 6_200)).hasValue(4_200);
  }

  @Test
  void aSecondLongerStretchIsTheOutage() {
    assertThat(measured(2_500, 3_500, 8_500, 9_500, 10_500)).hasValue(8_500);
  }

  @Test
  void withoutAnOutageTheFirstCommitAfterTheStartCounts() {
    var everySecond = LongStream.range(0, 25).map(i -> 300 + 1_000 * i).toArray();
    assertThat(measured(everySecond)).hasValue(1_300);
    everySecond[15] += 700;
    assertThat(measured(everySecond)).as("a late commit much later is none").hasValue(1_300);
  }

  @Test
  void nothingIsToldBeforeThereIsSomething() {
    assertThat(measured()).isEmpty();
    assertThat(measured(-100)).isEmpty();
    assertThat(measured(300, 1_300, 2_300)).isEmpty();
  }
}
