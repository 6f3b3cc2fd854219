package io.onceflow.testbed.run.bench;

import io.onceflow.common.retry.Attempt;
import io.onceflow.common.retry.AttemptHandler;
import io.onceflow.common.retry.AttemptResult;
import io.onceflow.common.retry.Backoff;
import io.onceflow.common.retry.BreakerRules;
import io.onceflow.common.retry.BudgetRules;
import io.onceflow.common.retry.Classifier;
import io.onceflow.common.retry.ConcurrencyLimits;
import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.RetryRules;
import io.onceflow.common.retry.SelectiveRetry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Selective retry in a MiniCluster with checkpoints every second. Budget and breaker are as good as
 * off, for the peer has none; what the operator emits is discarded.
 *
 * @param servers bootstrap servers
 * @param directory for checkpoints
 * @param parallelism of the job
 * @param concurrency calls under way at once, over all subtasks
 * @param pause the longest pause before a second attempt; it is drawn from nothing to this
 */
record OnceflowRetry(
    String servers, Path directory, int parallelism, int concurrency, Duration pause)
    implements RetryContender {

  private static final String BUSY = "busy";
  private static final String SERVICE = "service";
  private static final Duration BUFFER_TIMEOUT = Duration.ofMillis(5);

  @Override
  public String name() {
    return "onceflow";
  }

  @Override
  public AutoCloseable start(String topic, String service) throws Exception {
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration());
    environment.setParallelism(parallelism);
    var source =
        KafkaSource.<RetryMessage>builder()
            .setBootstrapServers(servers)
            .setTopics(topic)
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setDeserializer(new Messages())
            .build();
    var messages =
        environment.fromSource(source, WatermarkStrategy.noWatermarks(), "records").uid("records");
    var streams =
        SelectiveRetry.of(new Calls(service), Types.LONG)
            .classifiedBy(Classifier.rules().transientCode(BUSY, SERVICE).build())
            .rules(rules())
            .build(messages, SERVICE);
    discard(streams.results(), "results");
    discard(streams.acknowledgements(), "acknowledgements");
    discard(streams.deadLetters(), "dead-letters");
    discard(streams.producerAcknowledgements(), "reports");
    var client = environment.executeAsync();
    return () -> client.cancel().get();
  }

  private RetryRules rules() {
    var perSubtask = Math.max(1, concurrency / parallelism);
    return RetryRules.DEFAULT
        .with(new ConcurrencyLimits(perSubtask, perSubtask))
        .with(new Backoff(pause, pause))
        .with(new BudgetRules(10, 1_000_000))
        .with(new BreakerRules(64, 100, Duration.ofMillis(10), 1));
  }

  private Configuration configuration() {
    var checkpoints = directory.resolve("checkpoints").toUri().toString();
    return new Configuration()
        .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints)
        .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1))
        // The default of 100 ms is the delay of every record on a stream that is not busy.
        .set(ExecutionOptions.BUFFER_TIMEOUT, BUFFER_TIMEOUT)
        .set(PipelineOptions.GENERIC_TYPES, false)
        .set(PipelineOptions.AUTO_GENERATE_UIDS, false)
        // A restart would count as time and hide its reason.
        .set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
  }

  private static <T> void discard(DataStream<T> stream, String uid) {
    stream.sinkTo(new DiscardingSink<>()).uid(uid);
  }

  /** A record as a message of one producer. */
  private static final class Messages implements KafkaRecordDeserializationSchema<RetryMessage> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RetryMessage> out) {
      var number = ByteBuffer.wrap(record.value()).getLong();
      var key = new String(record.key(), StandardCharsets.UTF_8);
      out.collect(
          new RetryMessage(
              "bench",
              number + 1,
              Long.toString(number),
              key,
              0,
              record.timestamp(),
              "",
              record.value(),
              Map.of()));
    }

    @Override
    public TypeInformation<RetryMessage> getProducedType() {
      return TypeInformation.of(RetryMessage.class);
    }
  }

  /** Calls the service. */
  private static final class Calls implements AttemptHandler<Long, Long> {
    private static final long serialVersionUID = 1L;

    private final String name;
    private transient SimulatedService service;

    Calls(String name) {
      this.name = name;
    }

    @Override
    public void open(RuntimeContext context) {
      service = SimulatedService.named(name);
    }

    @Override
    public Long decode(RetryMessage message) {
      return ByteBuffer.wrap(message.payload()).getLong();
    }

    @Override
    public String dependency(RetryMessage message) {
      return SERVICE;
    }

    @Override
    public CompletionStage<AttemptResult<Long>> attempt(Attempt<Long> attempt) {
      var number = attempt.input();
      return service
          .call(number.intValue())
          .thenApply(done -> done ? AttemptResult.ok(number) : AttemptResult.of(BUSY));
    }
  }
}
