package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StarvationTest {

  @Test
  void theTimeCountsFromWhenThePrefetchWasFullUntilItIsNot() {
    var starvation = new Starvation("q", 10);
    starvation.check(9, 1_000);
    assertThat(starvation.fullMs(5_000)).isZero();
    starvation.check(10, 5_000);
    starvation.check(10, 50_000);
    assertThat(starvation.fullMs(60_000)).isEqualTo(55_000);
    starvation.check(3, 61_000);
    assertThat(starvation.fullMs(62_000)).isZero();
  }

  @Test
  void aConnectionIsTriedLaterAndLaterAndGivenUpAfterTheLimit() {
    var reconnect = new Reconnect(Duration.ofSeconds(60));
    assertThat(reconnect.isDue(0)).isTrue();
    assertThat(reconnect.isFirst()).isTrue();
    assertThat(reconnect.failed(0)).isFalse();
    assertThat(reconnect.isDue(0)).isFalse();
    assertThat(reconnect.isDue(10_000)).isTrue();
    assertThat(reconnect.failed(60_000)).isFalse();
    assertThat(reconnect.failed(60_001)).isTrue();
    reconnect.succeeded();
    assertThat(reconnect.failed(200_000)).as("it counts anew").isFalse();
    assertThat(reconnect.isFirst()).isFalse();
  }
}
