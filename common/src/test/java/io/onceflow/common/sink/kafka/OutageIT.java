package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.sink.kafka.KafkaSinkConfig.OnLostTransaction;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.Strategy;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job is down for longer than the broker keeps a transaction open. Flink's own sink then loses an
 * epoch and says nothing, which is pinned here; the staged sink loses nothing. And while both run,
 * only one of them holds up other readers.
 */
@Timeout(180)
class OutageIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(2);
  private static final int RECORDS = 4_000;
  private static final int BEFORE_THE_OUTAGE = 500;
  private static final double PER_SECOND = 1_000;
  private static final String NO_CHECKPOINT = "1h";

  @TempDir Path directory;

  private final KafkaSinkConfig config =
      KafkaEpochs.onSharedBroker("outage", 1)
          .with(TRANSACTION_TIMEOUT)
          // As Flink's sink is without ours around it.
          .with(OnLostTransaction.ACCEPT_LOSS);
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());
  private final String meter = UUID.randomUUID().toString();

  @AfterEach
  void close() {
    client.close();
  }

  /** Counts in this JVM what has reached the sink. */
  private record Meter(String name) implements MapFunction<Long, Long> {
    private static final long serialVersionUID = 1L;
    private static final Map<String, AtomicLong> PASSED = new ConcurrentHashMap<>();

    static long passed(String name) {
      return PASSED.computeIfAbsent(name, none -> new AtomicLong()).get();
    }

    @Override
    public Long map(Long value) {
      PASSED.computeIfAbsent(name, none -> new AtomicLong()).incrementAndGet();
      return value;
    }
  }

  private JobClient start(KafkaSinkConfig sink, String interval, String savepoint)
      throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    cluster.setString("execution.checkpointing.interval", interval);
    cluster.setString("restart-strategy.type", "none");
    if (savepoint != null) {
      cluster.setString("execution.state-recovery.path", savepoint);
    }
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1, cluster);
    GeneratorFunction<Long, Long> identity = number -> number;
    var topic = sink.topic();
    environment
        .fromSource(
            new DataGeneratorSource<>(
                identity, RECORDS, RateLimiterStrategy.perSecond(PER_SECOND), Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .uid("numbers")
        .map(new Meter(meter))
        .returns(Types.LONG)
        .uid("meter")
        .sinkTo(
            KafkaSinks.exactlyOnce(
                sink,
                cluster,
                number ->
                    new ProducerRecord<>(
                        topic, number.toString().getBytes(StandardCharsets.UTF_8))))
        .uid("sink");
    return environment.executeAsync();
  }

  /** Around an outage in which the broker gives everything up; throws unless the job finishes. */
  private void finishInSpiteOfAnOutage(KafkaSinkConfig sink) throws Exception {
    var first = start(sink, NO_CHECKPOINT, null);
    await().atMost(PATIENCE).until(() -> Meter.passed(meter) > BEFORE_THE_OUTAGE);
    var savepoint =
        first.triggerSavepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL).get();
    var end = first.getJobExecutionResult();
    first.cancel().get();
    await().atMost(PATIENCE).until(end::isDone);
    await().atMost(PATIENCE).until(() -> !isAnyTransactionOpen());
    start(sink, "200ms", savepoint).getJobExecutionResult().get();
  }

  private boolean isAnyTransactionOpen() throws Exception {
    return client.admin().listTransactions().all().get().stream()
        .filter(listed -> listed.transactionalId().contains(config.sinkId().value()))
        .anyMatch(
            listed ->
                listed.state() == TransactionState.ONGOING
                    || listed.state() == TransactionState.PREPARE_ABORT);
  }

  private Set<String> distinct() {
    var committed = KafkaEpochs.committed(client, config.topic());
    var distinct = new HashSet<>(committed);
    assertThat(committed).as("duplicates").hasSameSizeAs(distinct);
    return distinct;
  }

  @Test
  void flinksOwnSinkLosesAnEpochAndTheJobFinishes() throws Exception {
    finishInSpiteOfAnOutage(config.with(Strategy.KAFKA_SINK));
    assertThat(distinct()).hasSizeLessThanOrEqualTo(RECORDS - BEFORE_THE_OUTAGE).isNotEmpty();
  }

  @Test
  void theStagedSinkLosesNothing() throws Exception {
    finishInSpiteOfAnOutage(config);
    assertThat(distinct()).hasSize(RECORDS);
  }

  @Test
  void flinksOwnSinkHoldsUpReadersOfOthersUntilTheNextCheckpoint() throws Exception {
    var job =
        start(config.with(Strategy.KAFKA_SINK).with(Duration.ofMinutes(15)), NO_CHECKPOINT, null);
    await().atMost(PATIENCE).until(() -> !client.readAll(config.topic()).isEmpty());
    sendForeignRecord();
    assertThat(client.readAll(config.topic()))
        .anyMatch(record -> new String(record.value()).equals("foreign"));
    assertThat(client.readCommitted(config.topic())).isEmpty();
    job.cancel().get();
  }

  @Test
  void theStagedSinkHoldsUpNobodyBetweenCheckpoints() throws Exception {
    var job = start(config, NO_CHECKPOINT, null);
    await().atMost(PATIENCE).until(() -> Meter.passed(meter) > BEFORE_THE_OUTAGE);
    sendForeignRecord();
    assertThat(KafkaEpochs.committed(client, config.topic())).containsExactly("foreign");
    job.cancel().get();
  }

  private void sendForeignRecord() throws Exception {
    client.send(config.topic(), null, "foreign").get();
  }
}
