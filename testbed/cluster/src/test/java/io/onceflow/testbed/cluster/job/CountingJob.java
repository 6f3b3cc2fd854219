package io.onceflow.testbed.cluster.job;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** Counts numbers per key for ever. */
public final class CountingJob {
  private CountingJob() {}

  /** Takes no arguments. */
  public static void main(String... args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    var source =
        new DataGeneratorSource<>(
            number -> number, Long.MAX_VALUE, RateLimiterStrategy.perSecond(500), Types.LONG);
    env.fromSource(source, WatermarkStrategy.noWatermarks(), "numbers")
        .uid("source-numbers")
        .keyBy(number -> number % 7, Types.LONG)
        .process(new Count())
        .returns(Types.LONG)
        .uid("count")
        .name("count")
        .sinkTo(new DiscardingSink<>())
        .uid("sink")
        .name("sink");
    env.execute("counting");
  }

  private static final class Count extends KeyedProcessFunction<Long, Long, Long> {
    private static final long serialVersionUID = 1L;
    private transient ValueState<Long> count;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
    }

    @Override
    public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
      long next = count.value() == null ? 1 : count.value() + 1;
      count.update(next);
      out.collect(next);
    }
  }
}
