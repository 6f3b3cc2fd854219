package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The staged sink in a job that fails at every step, is stopped, restored and rescaled. */
@Timeout(180)
class KafkaSinkIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int RECORDS = 3_000;
  private static final double PER_SECOND = 1_500;

  @TempDir Path directory;

  private final KafkaSinkConfig config = KafkaEpochs.onSharedBroker("sink", 3);
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());

  /** The first transaction of a broker takes seconds, in which a short stream would be over. */
  @BeforeAll
  static void warmUp() throws Exception {
    new KafkaEpochs(KafkaEpochs.onSharedBroker("warm-up", 1)).open().close();
  }

  @AfterEach
  void close() {
    CrashPoints.disarmAll();
    client.close();
  }

  private JobClient start(CommitScope scope, int parallelism, String savepoint) throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    cluster.setString("execution.checkpointing.interval", "200ms");
    cluster.setString("restart-strategy.type", "fixed-delay");
    cluster.setString("restart-strategy.fixed-delay.attempts", "5");
    cluster.setString("restart-strategy.fixed-delay.delay", "100ms");
    cluster.setString("pipeline.generic-types", "false");
    cluster.setString("pipeline.auto-generate-uids", "false");
    if (savepoint != null) {
      cluster.setString("execution.state-recovery.path", savepoint);
    }
    var environment = StreamExecutionEnvironment.createLocalEnvironment(parallelism, cluster);
    GeneratorFunction<Long, Long> identity = number -> number;
    var topic = config.topic();
    environment
        .fromSource(
            new DataGeneratorSource<>(
                identity, RECORDS, RateLimiterStrategy.perSecond(PER_SECOND), Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .uid("numbers")
        .sinkTo(
            TwoPhaseCommitSink.of(
                    KafkaStore.<Long>of(
                        config,
                        number -> new ProducerRecord<>(topic, bytes(number), bytes(number))))
                .sinkId(config.sinkId().value())
                .scope(scope)
                .onReject(io.onceflow.common.commit.OnReject.FAIL)
                .inlineLimitBytes(100)
                .checkpointsOf(cluster)
                .build())
        .uid("sink");
    return environment.executeAsync();
  }

  private static byte[] bytes(Long number) {
    return number.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void assertEveryRecordOnce() {
    assertThat(KafkaEpochs.committed(client, config.topic()))
        .containsExactlyInAnyOrderElementsOf(
            LongStream.range(0, RECORDS).mapToObj(Long::toString).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "gather-before-emit, SINK",
    "commit-before-apply, SINK",
    "apply-middle, SINK",
    "apply-before-commit, SINK",
    "commit-after-apply, SINK",
    "apply-before-commit, SUBTASK",
    "commit-after-apply, SUBTASK"
  })
  void aFailureAtAnyStepCostsNoRecordAndDoublesNone(String point, CommitScope scope)
      throws Exception {
    var reached = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          var time = reached.incrementAndGet();
          if (time == 1 || time == 4) {
            throw new IllegalStateException("Failing at " + point + " as asked.");
          }
        });
    start(scope, 2, null).getJobExecutionResult().get();
    assertThat(reached).hasValueGreaterThan(1);
    assertEveryRecordOnce();
  }

  @Test
  void aStoppedJobGoesOnWithAnotherParallelism() throws Exception {
    var first = start(CommitScope.SINK, 2, null);
    await().atMost(PATIENCE).until(() -> !KafkaEpochs.committed(client, config.topic()).isEmpty());
    var savepoint =
        first
            .stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();
    first.getJobExecutionResult().get();
    start(CommitScope.SINK, 1, savepoint).getJobExecutionResult().get();
    assertEveryRecordOnce();
    assertThatThrownBy(() -> start(CommitScope.SINK, 1, savepoint).getJobExecutionResult().get())
        .hasStackTraceContaining("but the store already holds epochs up to checkpoint");
    assertThatThrownBy(() -> start(CommitScope.SINK, 1, null).getJobExecutionResult().get())
        .hasStackTraceContaining("starts without state of this sink");
    assertEveryRecordOnce();
  }
}
