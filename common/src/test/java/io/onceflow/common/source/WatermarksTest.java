package io.onceflow.common.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class WatermarksTest {

  private final ManualClock clock = new ManualClock(1);
  private final List<Long> watermarks = new ArrayList<>();
  private int idle;

  private final class Output implements WatermarkOutput {
    @Override
    public void emitWatermark(Watermark watermark) {
      watermarks.add(watermark.getTimestamp());
    }

    @Override
    public void markIdle() {
      idle++;
    }

    @Override
    public void markActive() {}
  }

  private final class Context implements WatermarkGeneratorSupplier.Context {
    @Override
    public MetricGroup getMetricGroup() {
      return new UnregisteredMetricsGroup();
    }

    @Override
    public RelativeClock getInputActivityClock() {
      return clock;
    }
  }

  @Test
  void timeFollowsTheLatestRecordAndASilentPartitionBecomesIdle() {
    Watermarks config = new Watermarks(Duration.ofSeconds(5), Duration.ofSeconds(30));
    WatermarkGenerator<String> generator =
        config.<String>strategy().createWatermarkGenerator(new Context());
    Output output = new Output();
    generator.onEvent("late", 100_000, output);
    generator.onEvent("early", 90_000, output);
    generator.onPeriodicEmit(output);
    assertThat(watermarks).containsExactly(94_999L);
    generator.onPeriodicEmit(output);
    clock.advanceTime(Duration.ofSeconds(29));
    generator.onPeriodicEmit(output);
    assertThat(idle).isZero();
    clock.advanceTime(Duration.ofSeconds(2));
    generator.onPeriodicEmit(output);
    assertThat(idle).isEqualTo(1);
  }

  @Test
  void idlenessIsOnUnlessSaidOtherwiseAndNeverOff() {
    assertThat(read("")).isEqualTo(new Watermarks(Duration.ofSeconds(5), Duration.ofSeconds(30)));
    assertThat(read("idleness: 1min").idleness()).hasMinutes(1);
    assertThatThrownBy(() -> read("idleness: 0s")).hasMessageContaining("idleness");
  }

  private static Watermarks read(String yaml) {
    return ConfigReader.read(
        "the test", Settings.parse("job.yaml", yaml, name -> null), Watermarks::read);
  }
}
