package io.onceflow.testbed.run.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the retry benchmark counts, without any clock. */
@Timeout(30)
class RetryBenchTest {

  private static final Duration AT_ONCE = Duration.ofNanos(1);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 50})
  void theShareOfRecordsThatFailIsTheOneAskedFor(int percent) {
    var load = new RetryLoad(40_000, 1_000, percent, false, 0, AT_ONCE);

    assertThat(load.failing() / 400.0).isCloseTo(percent, within(1.0));
  }

  @Test
  void aKeyFailsAsAWholeOrNotAtAllAndOnlyOthersAreMeasured() {
    var load = new RetryLoad(2_000, 200, 10, true, 1_000, AT_ONCE);

    assertThat(load.failing()).isEqualTo(200);
    assertThat(IntStream.range(0, 2_000))
        .noneMatch(number -> load.failsFirst(number) && load.isMeasured(number, 0));
    assertThat(IntStream.range(0, 2_000).filter(number -> load.isMeasured(number, 400)))
        .hasSize(1_440);
  }

  /** Else the delays with and without failing keys would be those of different keys. */
  @Test
  void theSameRecordsAreMeasuredAtEveryShare() {
    var none = new RetryLoad(2_000, 200, 0, true, 1_000, AT_ONCE);
    var some = new RetryLoad(2_000, 200, 10, true, 1_000, AT_ONCE);

    assertThat(IntStream.range(0, 2_000))
        .allMatch(number -> none.isMeasured(number, 9) == some.isMeasured(number, 9));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryLoad(2_000, 200, 11, true, 1_000, AT_ONCE));
  }

  @Test
  void aRecordThatFailsTakesEffectAtItsSecondAttempt() throws Exception {
    var load = new RetryLoad(200, 200, 10, true, 0, AT_ONCE);
    try (var service = SimulatedService.open("second-attempt", load)) {
      assertThat(service.call(0).join()).isFalse();
      assertThat(service.done()).isZero();
      assertThat(service.doneNs(0)).isZero();
      assertThat(service.call(0).join()).isTrue();
      assertThat(service.call(10).join()).isTrue();

      assertThat(service.done()).isEqualTo(2);
      assertThat(service.calls()).isEqualTo(3);
      assertThat(service.repeated()).isZero();
      assertThat(service.awaitFirst(1)).isTrue();
      assertThat(service.awaitAll(0)).isFalse();
    }
  }

  @Test
  void aSecondEffectAndOneOutOfOrderAreSeen() {
    var load = new RetryLoad(30, 10, 0, false, 0, AT_ONCE);
    try (var service = SimulatedService.open("wrong", load)) {
      service.call(13).join();
      service.call(13).join();
      assertThat(service.repeated()).isEqualTo(1);
      assertThat(service.outOfOrder()).isZero();

      service.call(3).join();
      service.call(24).join();
      assertThat(service.outOfOrder()).isEqualTo(1);
      assertThat(service.done()).isEqualTo(3);
    }
  }

  @Test
  void aServiceIsFoundUnderItsNameUntilItIsClosed() {
    var load = new RetryLoad(1, 1, 0, false, 0, AT_ONCE);
    try (var service = SimulatedService.open("named", load)) {
      assertThat(SimulatedService.named("named")).isSameAs(service);
    }
    assertThat(SimulatedService.named("named")).isNull();
  }

  @Test
  void delaysCountFromWhenARecordWasDueAndLeaveFailingKeysOut() {
    var load = new RetryLoad(200, 200, 0, true, 1_000, AT_ONCE);
    try (var service = SimulatedService.open("delays", load)) {
      service.call(50).join();
      service.call(5).join();
      var startedNs = service.doneNs(50) - load.dueNs(50) - 3_000_000;

      var delays = Delays.of(service, load, startedNs, 20);

      assertThat(delays.sortedNs()).containsExactly(3_000_000);
      assertThat(delays.micros(99)).isEqualTo(3_000);
    }
  }

  @Test
  void aPercentileIsTheDelayThatSoManyRecordsDoNotExceed() {
    var delays = new Delays(IntStream.rangeClosed(1, 200).mapToLong(i -> i * 1_000L).toArray());

    assertThat(delays.micros(50)).isEqualTo(100);
    assertThat(delays.micros(99)).isEqualTo(198);
    assertThat(delays.micros(100)).isEqualTo(200);
    assertThatIllegalStateException().isThrownBy(() -> new Delays(new long[0]).micros(50));
  }

  @Test
  void roundsAreOneSetOfDelaysAndTheDifferenceOfSharesIsWhatIsAdded() {
    var byShare = new DelaysByShare();
    byShare.add(0, new Delays(new long[] {9_000_000}));
    byShare.add(0, new Delays(new long[] {7_000_000}));
    byShare.add(10, new Delays(new long[] {6_500_000, 9_500_000}));

    assertThat(byShare.micros(0, 50)).isEqualTo(7_000);
    assertThat(byShare.added()).isEqualTo("p50 -0.5 ms, p99 +0.5 ms");
  }
}
