package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both operators in a cluster, with real threads, checkpoints and a failure. */
class SelectiveRetryTest {

  private static final int MESSAGES = 1500;
  private static final int KEYS = 25;
  private static final int PRODUCERS = 3;

  /** The other side: what took effect, by key, in order; an idempotency key counts once. */
  private static final Map<String, List<Long>> EFFECTS = new ConcurrentHashMap<>();

  private static final Map<String, Queue<Object>> SEEN = new ConcurrentHashMap<>();
  private static final AtomicBoolean FAILED = new AtomicBoolean();

  @Test
  @Timeout(60)
  void everyMessageTakesEffectOnceAndInOrderAlthoughTheJobFailsOver() throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("pipeline.generic-types", "false");
    configuration.setString("pipeline.auto-generate-uids", "false");
    configuration.setString("execution.checkpointing.interval", "100 ms");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.delay", "10 ms");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    DataStream<RetryMessage> messages =
        env.fromSource(
                // Slow enough for some checkpoints.
                new DataGeneratorSource<>(
                    index -> message(index + 1),
                    MESSAGES,
                    RateLimiterStrategy.perSecond(500),
                    RetryTypes.MESSAGE),
                WatermarkStrategy.noWatermarks(),
                "messages")
            .uid("source-messages")
            // One producer's messages in order, as a topic's partition would have them.
            .setParallelism(1);
    RetryStreams<String> streams =
        SelectiveRetry.of(new Payments(), Types.STRING)
            .classifiedBy(Classifier.rules().transientCode("busy", "bank").build())
            .rules(
                RetryRules.DEFAULT
                    .with(new Backoff(Duration.ofMillis(1), Duration.ofMillis(10)))
                    .with(new BreakerRules(64, 100, Duration.ofMillis(10), 1))
                    .with(new BudgetRules(1, 1000)))
            .reports(Duration.ofMillis(20), Duration.ofSeconds(60))
            .build(messages, "retry-payments");
    record(streams.results().map(new FailsOnce()).uid("fail-once"), Types.STRING, "results");
    record(streams.acknowledgements(), RetryTypes.ACKNOWLEDGEMENT, "acks");
    record(streams.deadLetters(), RetryTypes.DEAD_LETTER, "letters");
    record(streams.producerAcknowledgements(), RetryTypes.PRODUCER_ACKNOWLEDGEMENT, "reports");
    env.execute();
    check();
  }

  private static void check() {
    assertThat(FAILED).isTrue();
    assertThat(EFFECTS.keySet()).hasSize(KEYS);
    List<Long> all = new ArrayList<>();
    EFFECTS.forEach(
        (key, effects) -> {
          assertThat(effects).as(key).isSorted();
          all.addAll(effects);
        });
    assertThat(all).hasSize(MESSAGES).doesNotHaveDuplicates();
    assertThat(SEEN.get("results").stream().distinct()).hasSize(MESSAGES);
    assertThat(SEEN.get("acks"))
        .allMatch(
            one ->
                one instanceof Acknowledgement ack
                    && (!ack.isFinal() || ack.status() == Acknowledgement.Status.APPLIED));
    assertThat(SEEN).doesNotContainKey("letters");
    for (int producer = 0; producer < PRODUCERS; producer++) {
      String name = "p" + producer;
      assertThat(
              SEEN.get("reports").stream()
                  .map(ProducerAcknowledgement.class::cast)
                  .filter(report -> report.producer().equals(name))
                  .mapToLong(ProducerAcknowledgement::upTo)
                  .max())
          .as(name)
          .hasValue(MESSAGES / PRODUCERS);
    }
  }

  private static <T> void record(DataStream<T> stream, TypeInformation<T> type, String name) {
    stream
        .map(
            value -> {
              SEEN.computeIfAbsent(name, unknown -> new ConcurrentLinkedQueue<>()).add(value);
              return value;
            })
        .returns(type)
        .uid("record-" + name)
        .sinkTo(new DiscardingSink<>())
        .uid("sink-" + name);
  }

  private static RetryMessage message(long number) {
    int producer = (int) ((number - 1) % PRODUCERS);
    return new RetryMessage(
        "p" + producer,
        (number - 1) / PRODUCERS + 1,
        "id-" + number,
        "k" + number % KEYS,
        (int) (number % 3),
        number,
        "replies",
        Long.toString(number).getBytes(StandardCharsets.UTF_8),
        Map.of());
  }

  /** Every third message is refused by the bank twice. */
  private static final class Payments implements AttemptHandler<Long, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long decode(RetryMessage message) {
      return Long.parseLong(new String(message.payload(), StandardCharsets.UTF_8));
    }

    @Override
    public String dependency(RetryMessage message) {
      return "bank";
    }

    @Override
    public CompletionStage<AttemptResult<String>> attempt(Attempt<Long> attempt) {
      Executor later = CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS);
      return CompletableFuture.supplyAsync(() -> answer(attempt), later);
    }

    private static AttemptResult<String> answer(Attempt<Long> attempt) {
      if (attempt.input() % 3 == 0 && attempt.number() < 3) {
        return AttemptResult.of("busy");
      }
      EFFECTS.compute(
          attempt.message().key(),
          (key, effects) -> {
            List<Long> list = effects == null ? new ArrayList<>() : effects;
            if (!list.contains(attempt.input())) {
              list.add(attempt.input());
            }
            return list;
          });
      return AttemptResult.ok(attempt.idempotencyKey());
    }
  }

  /** Fails after a checkpoint, in the middle of the stream. */
  private static final class FailsOnce implements MapFunction<String, String>, CheckpointListener {
    private static final long serialVersionUID = 1L;
    private boolean checkpointed;
    private int seen;

    @Override
    public String map(String value) {
      seen++;
      if (checkpointed && seen > 50 && FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("A planned failure.");
      }
      return value;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      checkpointed = true;
    }
  }
}
