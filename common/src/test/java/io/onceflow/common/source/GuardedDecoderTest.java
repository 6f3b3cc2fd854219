package io.onceflow.common.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.PojoTestUtils;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@SuppressWarnings("try") // Flink's harness declares Exception on close.
class GuardedDecoderTest {

  private static final byte[] INVALID = {'a', (byte) 0xff};

  /** It forgets when its cluster ends, therefore the cluster outlives the job. */
  private static final InMemoryReporter REPORTER = InMemoryReporter.createWithRetainedMetrics();

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setConfiguration(REPORTER.addToConfiguration(new Configuration()))
              .build());

  private static RawRecord record(long offset, byte[] value) {
    return new RawRecord("transfers", 3, offset, 1_000 + offset, null, value);
  }

  private static RawRecord record(long offset, String value) {
    return record(offset, value.getBytes(StandardCharsets.UTF_8));
  }

  private static List<RawRecord> everyKind() {
    return List.of(
        record(0, "good"),
        record(1, INVALID),
        record(2, "bug"),
        record(3, "deep"),
        record(4, "nothing"),
        record(5, (byte[]) null),
        record(6, "good too"));
  }

  @Test
  void whateverTheDecoderDiesOfGoesToTheDeadLettersAndTheRestGoesOn() throws Exception {
    try (OneInputStreamOperatorTestHarness<RawRecord, String> harness =
        ProcessFunctionTestHarnesses.forProcessFunction(
            new GuardedDecoder<>(new TextDecoder(), Types.STRING))) {
      for (RawRecord record : everyKind()) {
        harness.processElement(record, record.timestampMs());
      }
      assertThat(harness.extractOutputValues()).containsExactly("good", "good too");
      assertThat(harness.getSideOutput(GuardedDecoder.DEAD_LETTERS))
          .extracting(
              letter -> letter.getValue().offset(),
              letter -> letter.getValue().code(),
              letter -> letter.getValue().detail())
          .containsExactly(
              tuple(1L, "invalid_utf8", "The value is not UTF-8."),
              tuple(
                  2L,
                  "decoder_failed",
                  "java.lang.IllegalStateException: a bug\\r\\nwith a second line"),
              tuple(3L, "nested_too_deeply", "The decoder ran out of stack."),
              tuple(4L, "decoded_to_nothing", "The decoder returned null."),
              tuple(5L, "no_value", "The record has no value."));
    }
  }

  @Test
  void aDeadLetterHoldsTheRecordUnchanged() throws Exception {
    byte[] key = {1, 2};
    RawHeader[] headers = {new RawHeader("trace", new byte[] {3})};
    RawRecord record = new RawRecord("transfers", 3, 9, 77, key, INVALID, headers);
    try (OneInputStreamOperatorTestHarness<RawRecord, String> harness =
        ProcessFunctionTestHarnesses.forProcessFunction(
            new GuardedDecoder<>(new TextDecoder(), Types.STRING))) {
      harness.processElement(record, 0);
      DeadLetter letter = harness.getSideOutput(GuardedDecoder.DEAD_LETTERS).element().getValue();
      assertThat(letter)
          .usingRecursiveComparison()
          .isEqualTo(
              new DeadLetter(
                  "transfers",
                  3,
                  9,
                  77,
                  key,
                  INVALID,
                  headers,
                  "invalid_utf8",
                  "The value is not UTF-8."));
    }
  }

  @Test
  void aFailureAfterTheDecoderIsNotTheRecordsFault() {
    GuardedDecoder<String> decoder = new GuardedDecoder<>(new TextDecoder(), Types.STRING);
    assertThatThrownBy(
            () -> {
              try (OneInputStreamOperatorTestHarness<RawRecord, String> harness =
                  ProcessFunctionTestHarnesses.forProcessFunction(decoder)) {
                harness.open();
                decoder.processElement(record(0, "good"), null, new FailingCollector());
              }
            })
        .hasMessageContaining("downstream");
  }

  private static final class FailingCollector implements Collector<String> {
    @Override
    public void collect(String value) {
      throw new IllegalStateException("downstream");
    }

    @Override
    public void close() {}
  }

  @Test
  void everyRecordThatCameInIsCountedOnOneWayOut() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    DecodedStream<String> decoded =
        DecodedStream.of(
            env.fromData(everyKind()), new TextDecoder(), Types.STRING, "decode-records");
    decoded.values().sinkTo(new DiscardingSink<>());
    decoded.deadLetters().sinkTo(new DiscardingSink<>());
    JobClient job = env.executeAsync();
    job.getJobExecutionResult().get();

    long in = count(job, "numRecordsIn");
    long out = count(job, "decoded");
    long dead = count(job, "deadLettered");
    assertThat(in).isEqualTo(everyKind().size()).isEqualTo(out + dead);
    assertThat(dead).isEqualTo(5);
    assertThat(REPORTER.findMetrics(job.getJobID(), ".*code\\..*deadLetteredByCode")).hasSize(5);
  }

  private static long count(JobClient job, String name) {
    return ((Counter)
            REPORTER.findMetric(job.getJobID(), ".*decode-records\\.0\\." + name).orElseThrow())
        .getCount();
  }

  @Test
  void inputCannotMakeTheNumberOfMetricsGrow() {
    Map<String, Counter> counters = new HashMap<>();
    DecoderMetrics metrics = new DecoderMetrics(new RecordingGroup("", counters));
    for (int i = 0; i < 1_000; i++) {
      metrics.deadLettered("code_" + i);
    }
    assertThat(counters).hasSize(2 + DecoderMetrics.MAX_CODES + 1);
    assertThat(counters.get("deadLettered").getCount()).isEqualTo(1_000);
    assertThat(counters.get("code.other.deadLetteredByCode").getCount())
        .isEqualTo(1_000 - DecoderMetrics.MAX_CODES);
  }

  private static final class RecordingGroup extends UnregisteredMetricsGroup {
    private final String prefix;
    private final Map<String, Counter> counters;

    RecordingGroup(String prefix, Map<String, Counter> counters) {
      this.prefix = prefix;
      this.counters = counters;
    }

    @Override
    public Counter counter(String name) {
      return counters.computeIfAbsent(prefix + name, key -> new SimpleCounter());
    }

    @Override
    public MetricGroup addGroup(String key, String value) {
      return new RecordingGroup(prefix + key + "." + value + ".", counters);
    }
  }

  @Test
  void aDeadLetterNeedsNoKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(DeadLetter.class);
  }
}
