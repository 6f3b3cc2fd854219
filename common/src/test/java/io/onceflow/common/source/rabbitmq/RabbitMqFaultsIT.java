package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.DefaultConsumer;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong with servers, consumers and configurations. */
@Timeout(120)
class RabbitMqFaultsIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  private final List<String> sent = new ArrayList<>();

  private static SourceJobs.SourceOf queues(RabbitMqServer server, String... names) {
    return configuration ->
        RabbitMqQueueSource.builder(Queues.config(server, server.port()))
            .queues(names)
            .checkpointsOf(configuration)
            .reconnectLimit(Duration.ofSeconds(50))
            .build();
  }

  private static SourceJobs.SourceOf streams(RabbitMqServer server, OnGap onGap, String... names) {
    return configuration ->
        RabbitMqStreamSource.builder(Queues.config(server, server.port()))
            .streams(names)
            .onGap(onGap)
            .emptyAfter(Duration.ofSeconds(2))
            .reconnectLimit(Duration.ofSeconds(50))
            .build();
  }

  private void awaitAll(SourceJobs jobs) {
    await().atMost(PATIENCE).until(() -> jobs.committed().count() >= sent.size());
  }

  private String stop(JobClient job) throws Exception {
    return job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get(60, TimeUnit.SECONDS);
  }

  /** Queues and a stream over a server that is killed while messages flow, and comes back. */
  @Test
  void aServerThatIsKilledAndComesBackLosesAndRepeatsNothing() throws Exception {
    try (var server = RabbitMqServer.start()) {
      String queue;
      String stream;
      var ofQueue = new SourceJobs(directory.resolve("queue"));
      var ofStream = new SourceJobs(directory.resolve("stream"));
      var sentToStream = new ArrayList<String>();
      JobClient queueJob;
      JobClient streamJob;
      try (var producer = new Queues(server);
          var streamProducer = new Streams(server)) {
        queue = producer.declare("quorum");
        stream = streamProducer.declare();
        queueJob = ofQueue.start(1, null, queues(server, queue));
        streamJob = ofStream.start(1, null, streams(server, OnGap.FAIL, stream));
        sent.addAll(producer.publish(queue, 0, 100));
        sentToStream.addAll(streamProducer.publish(stream, 0, 100));
        // What was declared right before it dies a server may not find again (3.10.8).
        await()
            .during(Duration.ofSeconds(3))
            .atMost(PATIENCE)
            .until(() -> ofQueue.committed().count() == 100 && ofStream.committed().count() == 100);
        sent.addAll(producer.publish(queue, 100, 500));
        sentToStream.addAll(streamProducer.publish(stream, 100, 500));
        server.kill();
      }
      server.restart();
      awaitReader(server, queue);
      try (var producer = new Queues(server);
          var streamProducer = new Streams(server)) {
        sent.addAll(producer.publish(queue, 500, 1000));
        sentToStream.addAll(streamProducer.publish(stream, 500, 1000));
        awaitAll(ofQueue);
        await().atMost(PATIENCE).until(() -> ofStream.committed().count() >= sentToStream.size());
        stop(queueJob);
        stop(streamJob);
      }
      assertThat(ofQueue.committed().all()).containsExactlyInAnyOrderElementsOf(sent);
      assertThat(ofStream.committed().all()).containsExactlyElementsOf(sentToStream);
    }
  }

  /** A quorum queue without a leader takes messages and does not confirm them. */
  private static void awaitReader(RabbitMqServer server, String queue) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (var look = new Queues(server)) {
                return look.consumers(queue) == 1;
              }
            });
  }

  /** As an older attempt that has not noticed its end does, or somebody else. */
  @ParameterizedTest
  @ValueSource(strings = {"classic", "quorum", "single active"})
  void aQueueThatSomebodyElseConsumesIsWaitedFor(String kind) throws Exception {
    var jobs = new SourceJobs(directory);
    try (var producer = new Queues(TestServers.rabbitMq())) {
      var name =
          kind.equals("single active")
              ? producer.declare(Map.of("x-single-active-consumer", true))
              : producer.declare(kind);
      sent.addAll(producer.publish(name, 0, 100));
      var other = producer.channel();
      var tag = other.basicConsume(name, new DefaultConsumer(other));
      var job = jobs.start(1, null, queues(TestServers.rabbitMq(), name));
      // Flink says RUNNING before the reader has tried; the tries are what the wait is for.
      await()
          .during(Duration.ofSeconds(2))
          .atMost(PATIENCE)
          .until(() -> producer.consumers(name) == 1);
      assertThat(jobs.committed().count()).isZero();
      other.basicCancel(tag);
      other.basicRecover(true);
      awaitAll(jobs);
      job.cancel().get(60, TimeUnit.SECONDS);
    }
    assertThat(jobs.committed().all()).containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void mistakesAreSaidAtOnce() throws Exception {
    var jobs = new SourceJobs(directory);
    var server = TestServers.rabbitMq();
    assertThatThrownBy(() -> run(jobs, queues(server, "no-such-queue")))
        .hasStackTraceContaining("Queue 'no-such-queue' cannot be read")
        .hasStackTraceContaining("NOT_FOUND");
    assertThatThrownBy(() -> run(jobs, streams(server, OnGap.FAIL, "no-such-stream")))
        .hasStackTraceContaining("Streams [no-such-stream] cannot be read");
  }

  @Test
  void aReaderNeedsTheRightToReadAndNoOther() throws Exception {
    var server = TestServers.rabbitMq();
    try (var producer = new Queues(server);
        var streamProducer = new Streams(server)) {
      var queue = producer.declare("quorum");
      var stream = streamProducer.declare();
      var config = producer.config();
      var reader =
          RabbitMqConfig.loopback(config.port(), config.streamPort(), "reader", config.password());
      SourceJobs.SourceOf ofQueue =
          configuration ->
              RabbitMqQueueSource.builder(reader)
                  .queues(queue)
                  .checkpointsOf(configuration)
                  .bounded()
                  .build();
      SourceJobs.SourceOf ofStream =
          configuration -> RabbitMqStreamSource.builder(reader).streams(stream).bounded().build();
      server.permit("reader", "", "", "nothing");
      assertThatThrownBy(() -> run(new SourceJobs(directory), ofQueue))
          .hasStackTraceContaining("cannot be read")
          .hasStackTraceContaining("ACCESS_REFUSED");
      server.permit("reader", "", "", queue + "|" + stream);
      var jobs = new SourceJobs(directory);
      sent.addAll(producer.publish(queue, 0, 10));
      run(jobs, ofQueue);
      assertThat(jobs.committed().all()).containsExactlyElementsOf(sent);
      var streamJobs = new SourceJobs(directory);
      var texts = streamProducer.publish(stream, 0, 10);
      run(streamJobs, ofStream);
      assertThat(streamJobs.committed().all()).containsExactlyElementsOf(texts);
    }
  }

  private static void run(SourceJobs jobs, SourceJobs.SourceOf source) throws Exception {
    runFrom(null, jobs, source);
  }

  @ParameterizedTest
  @ValueSource(strings = {"FAIL", "HASH", "AT_LEAST_ONCE"})
  void aMessageWithoutAnIdFollowsThePolicy(MissingId policy) throws Exception {
    var jobs = new SourceJobs(directory);
    var server = TestServers.rabbitMq();
    try (var producer = new Queues(server)) {
      var name = producer.declare("classic");
      for (int i = 0; i < 3; i++) {
        producer.publish(name, new BasicProperties(), "same");
      }
      producer.publish(name, new BasicProperties(), "other");
      producer.confirm();
      SourceJobs.SourceOf source =
          configuration ->
              RabbitMqQueueSource.builder(producer.config())
                  .queues(name)
                  .checkpointsOf(configuration)
                  .missingId(policy)
                  .bounded()
                  .build();
      if (policy == MissingId.FAIL) {
        assertThatThrownBy(() -> run(jobs, source)).hasStackTraceContaining("has no message-id");
        return;
      }
      run(jobs, source);
    }
    assertThat(jobs.committed().all())
        .containsExactlyElementsOf(
            policy == MissingId.HASH
                ? List.of("same", "other")
                : List.of("same", "same", "same", "other"));
  }

  /** A stream that was deleted and declared anew is shorter than the position in the state. */
  @ParameterizedTest
  @ValueSource(strings = {"FAIL", "CONTINUE"})
  void aStreamThatEndsBeforeThePositionIsAGap(OnGap onGap) throws Exception {
    var jobs = new SourceJobs(directory);
    var server = TestServers.rabbitMq();
    try (var producer = new Streams(server)) {
      var name = producer.declare();
      sent.addAll(producer.publish(name, 0, 100));
      var first = jobs.start(1, null, streams(server, onGap, name));
      awaitAll(jobs);
      var savepoint = stop(first);
      producer.forget(name);
      producer.environment().deleteStream(name);
      producer.environment().streamCreator().stream(name).create();
      producer.publish(name, 0, 50);
      if (onGap == OnGap.FAIL) {
        assertThatThrownBy(() -> runFrom(savepoint, jobs, streams(server, onGap, name)))
            .hasStackTraceContaining("ends before offset 50, and was read up to 100 before");
        return;
      }
      var second = jobs.start(1, savepoint, streams(server, onGap, name));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                sent.addAll(producer.publish(name, sent.size(), sent.size() + 1));
                assertThat(jobs.committed().count()).isGreaterThan(100);
              });
      second.cancel().get(60, TimeUnit.SECONDS);
    }
  }

  private static void runFrom(String savepoint, SourceJobs jobs, SourceJobs.SourceOf source)
      throws Exception {
    var environment = jobs.define(1, savepoint, source);
    environment.configure(new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
    environment.execute();
  }

  /** Retention deletes what a job that was stopped has not read. */
  @ParameterizedTest
  @ValueSource(strings = {"FAIL", "CONTINUE"})
  void whatRetentionHasDeletedIsAGap(OnGap onGap) throws Exception {
    var jobs = new SourceJobs(directory);
    var server = TestServers.rabbitMq();
    try (var producer = new Streams(server)) {
      var name = producer.declareSmall();
      sent.addAll(producer.publish(name, 0, 10));
      var savepoint = "";
      var first = jobs.start(1, null, streams(server, onGap, name));
      awaitAll(jobs);
      savepoint = stop(first);
      producer.overflow(name);
      producer.publish(name, 10, 20);
      var restored = savepoint;
      if (onGap == OnGap.FAIL) {
        assertThatThrownBy(() -> runFrom(restored, jobs, streams(server, onGap, name)))
            .hasStackTraceContaining("its retention has deleted what is between");
        return;
      }
      var second = jobs.start(1, restored, streams(server, onGap, name));
      await().atMost(PATIENCE).until(() -> jobs.committed().all().contains(name + "/19"));
      second.cancel().get(60, TimeUnit.SECONDS);
    }
  }
}
