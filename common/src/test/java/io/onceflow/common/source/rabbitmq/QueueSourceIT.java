package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Cut;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues of a real server into an exactly-once sink: each id is committed once, whatever fails. */
@Timeout(120)
class QueueSourceIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  private Queues queues;
  private SourceJobs jobs;
  private final List<String> sent = new ArrayList<>();

  @BeforeEach
  void connect() throws Exception {
    queues = new Queues(TestServers.rabbitMq());
    jobs = new SourceJobs(directory);
  }

  @AfterEach
  void disconnect() {
    queues.close();
  }

  private void publish(String queue, int from, int until) throws Exception {
    sent.addAll(queues.publish(queue, from, until));
  }

  private SourceJobs.SourceOf source(
      UnaryOperator<RabbitMqQueueSource.Builder> settings, String... names) {
    return source(TestServers.rabbitMq().port(), settings, names);
  }

  private SourceJobs.SourceOf source(
      int port, UnaryOperator<RabbitMqQueueSource.Builder> settings, String... names) {
    return configuration ->
        settings
            .apply(
                RabbitMqQueueSource.builder(Queues.config(TestServers.rabbitMq(), port))
                    .queues(names)
                    .checkpointsOf(configuration))
            .build();
  }

  private void awaitAll() {
    await().atMost(PATIENCE).until(() -> jobs.committed().count() >= sent.size());
  }

  private void assertOnceEach() {
    assertThat(jobs.committed().all()).containsExactlyInAnyOrderElementsOf(sent);
  }

  private static void cancel(JobClient job) throws Exception {
    job.cancel().get(60, TimeUnit.SECONDS);
    await().atMost(PATIENCE).until(() -> job.getJobStatus().get().isGloballyTerminalState());
  }

  /** With what producers send twice, and more queues than readers. */
  @ParameterizedTest
  @ValueSource(strings = {"classic", "quorum"})
  void messagesOfSeveralQueuesAreCommittedOnceAndLeaveTheQueue(String kind) throws Exception {
    var names = new String[] {queues.declare(kind), queues.declare(kind), queues.declare(kind)};
    var job = jobs.start(2, null, source(builder -> builder, names));
    for (var name : names) {
      publish(name, 0, 500);
      queues.publish(name, 0, 500);
      publish(name, 500, 600);
    }
    awaitAll();
    for (var name : names) {
      assertThat(queues.consumers(name)).isEqualTo(1);
    }
    job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get(60, TimeUnit.SECONDS);
    assertOnceEach();
    for (var name : names) {
      await().atMost(PATIENCE).until(() -> queues.consumers(name) == 0);
      assertThat(queues.ready(name)).as("left in %s", name).isZero();
      assertThat(jobs.committed().all().stream().filter(text -> text.startsWith(name + "/")))
          .as("the order of one queue")
          .containsExactlyElementsOf(
              sent.stream().filter(text -> text.startsWith(name + "/")).toList());
    }
  }

  /**
   * The checkpoint is complete and its acknowledgement lost on the way: the server delivers all of
   * it again, and the restored state knows it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"classic", "quorum"})
  void whatWasAcknowledgedInVainIsNotEmittedAgainAfterARestore(String kind) throws Exception {
    var name = queues.declare(kind);
    try (var proxy = TcpProxy.to("127.0.0.1", TestServers.rabbitMq().port())) {
      var job = jobs.start(1, null, source(proxy.port(), builder -> builder, name));
      publish(name, 0, 10);
      awaitAll();
      proxy.swallow(Direction.CLIENT_TO_SERVER);
      publish(name, 10, 1000);
      awaitAll();
      jobs.failAtNextMessage();
      publish(name, 1000, 1001);
      await().atMost(PATIENCE).until(jobs::hasFailed);
      proxy.heal();
      proxy.cut(Cut.RST);
      publish(name, 1001, 1100);
      awaitAll();
      job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
          .get(60, TimeUnit.SECONDS);
    }
    assertOnceEach();
    await().atMost(PATIENCE).until(() -> queues.consumers(name) == 0);
    assertThat(queues.ready(name)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "quorum"})
  void failuresAndBrokenConnectionsInTheMiddleLoseAndRepeatNothing(String kind) throws Exception {
    var name = queues.declare(kind);
    try (var proxy = TcpProxy.to("127.0.0.1", TestServers.rabbitMq().port())) {
      var job = jobs.start(1, null, source(proxy.port(), builder -> builder.prefetch(200), name));
      for (int round = 0; round < 6; round++) {
        if (round % 2 == 0) {
          jobs.failAtNextMessage();
        }
        publish(name, round * 300, (round + 1) * 300);
        if (round % 2 == 1) {
          proxy.cut(round == 1 ? Cut.FIN : Cut.RST);
        }
        await().atMost(PATIENCE).until(jobs::hasFailed);
      }
      awaitAll();
      cancel(job);
    }
    assertOnceEach();
  }

  @Test
  void queuesMoveBetweenReadersWithTheirState() throws Exception {
    var names =
        new String[] {
          queues.declare("quorum"), queues.declare("classic"), queues.declare("quorum")
        };
    String savepoint = null;
    int from = 0;
    for (int parallelism : new int[] {1, 2, 1}) {
      var job = jobs.start(parallelism, savepoint, source(builder -> builder, names));
      for (var name : names) {
        publish(name, from, from + 200);
        // What an earlier job has emitted comes again from its producer.
        queues.publish(name, 0, from);
      }
      from += 200;
      awaitAll();
      savepoint =
          job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
              .get(60, TimeUnit.SECONDS);
    }
    assertOnceEach();
  }

  @Test
  void aSmallPrefetchWaitsForCheckpointsAndNeverStops() throws Exception {
    var name = queues.declare("classic");
    publish(name, 0, 1000);
    var job = jobs.start(1, null, source(builder -> builder.prefetch(100).window(100), name));
    awaitAll();
    cancel(job);
    assertOnceEach();
  }

  @Test
  void aBoundedReadTakesWhatIsThereAndEnds() throws Exception {
    var full = queues.declare("quorum");
    var empty = queues.declare("classic");
    publish(full, 0, 700);
    queues.publish(full, 0, 50);
    jobs.define(
            2, null, source(builder -> builder.bounded().prefetch(300).window(1000), full, empty))
        .execute();
    assertOnceEach();
    await().atMost(PATIENCE).until(() -> queues.consumers(full) == 0);
    assertThat(queues.ready(full)).isZero();
  }
}
