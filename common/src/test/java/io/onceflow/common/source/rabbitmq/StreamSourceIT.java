package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Cut;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a real server into an exactly-once sink: each offset is committed once, in order. */
@Timeout(120)
class StreamSourceIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  private Streams streams;
  private SourceJobs jobs;
  private final List<String> sent = new ArrayList<>();

  @BeforeEach
  void connect() throws Exception {
    streams = new Streams(TestServers.rabbitMq());
    jobs = new SourceJobs(directory);
  }

  @AfterEach
  void disconnect() {
    streams.close();
  }

  private void publish(String stream, int from, int until) throws Exception {
    sent.addAll(streams.publish(stream, from, until));
  }

  private static SourceJobs.SourceOf source(
      UnaryOperator<RabbitMqStreamSource.Builder> settings, String... names) {
    return source(TestServers.rabbitMq().streamPort(), settings, names);
  }

  private static SourceJobs.SourceOf source(
      int streamPort, UnaryOperator<RabbitMqStreamSource.Builder> settings, String... names) {
    var server = TestServers.rabbitMq();
    var direct = Queues.config(server, server.port());
    var config =
        RabbitMqConfig.loopback(server.port(), streamPort, direct.user(), direct.password());
    return configuration ->
        settings
            .apply(
                RabbitMqStreamSource.builder(config)
                    .streams(names)
                    .emptyAfter(Duration.ofSeconds(2)))
            .build();
  }

  private void awaitAll() {
    await().atMost(PATIENCE).until(() -> jobs.committed().count() >= sent.size());
  }

  private void assertOnceEachInOrder(String... names) {
    var committed = jobs.committed().all();
    assertThat(committed).containsExactlyInAnyOrderElementsOf(sent);
    for (var name : names) {
      assertThat(committed.stream().filter(text -> text.startsWith(name + "/")))
          .as("the order of one stream")
          .containsExactlyElementsOf(
              sent.stream().filter(text -> text.startsWith(name + "/")).toList());
    }
  }

  @Test
  void failuresAndBrokenConnectionsLoseAndRepeatNothing() throws Exception {
    var name = streams.declare();
    try (var proxy = TcpProxy.to("127.0.0.1", TestServers.rabbitMq().streamPort())) {
      var job = jobs.start(1, null, source(proxy.port(), builder -> builder, name));
      for (int round = 0; round < 6; round++) {
        if (round % 2 == 0) {
          jobs.failAtNextMessage();
        }
        publish(name, round * 500, (round + 1) * 500);
        if (round % 2 == 1) {
          proxy.cut(round == 1 ? Cut.FIN : Cut.RST);
        }
        await().atMost(PATIENCE).until(jobs::hasFailed);
      }
      awaitAll();
      job.cancel().get(60, TimeUnit.SECONDS);
    }
    assertOnceEachInOrder(name);
  }

  @Test
  void streamsMoveBetweenReadersWithTheirOffsets() throws Exception {
    var names = new String[] {streams.declare(), streams.declare(), streams.declare()};
    String savepoint = null;
    int from = 0;
    for (int parallelism : new int[] {1, 2, 1}) {
      var job = jobs.start(parallelism, savepoint, source(builder -> builder, names));
      for (var name : names) {
        publish(name, from, from + 200);
      }
      from += 200;
      awaitAll();
      savepoint =
          job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
              .get(60, TimeUnit.SECONDS);
    }
    assertOnceEachInOrder(names);
  }

  @Test
  void aBoundedReadEndsBehindTheMessageThatWasTheLastOne() throws Exception {
    var full = streams.declare();
    var empty = streams.declare();
    publish(full, 0, 3000);
    jobs.define(2, null, source(RabbitMqStreamSource.Builder::bounded, full, empty)).execute();
    assertOnceEachInOrder(full);
  }

  @Test
  void aStartIsWhereItWasAskedFor() throws Exception {
    var name = streams.declare();
    streams.publish(name, 0, 100);
    publish(name, 100, 200);
    assertThat(bounded(name, StreamStart.offset(100))).containsExactlyElementsOf(sent);
    assertThat(bounded(name, StreamStart.offset(200))).isEmpty();
    assertThat(bounded(name, StreamStart.timestamp(Instant.EPOCH))).hasSize(200);
    assertThat(bounded(name, StreamStart.timestamp(Instant.now().plusSeconds(3600)))).isEmpty();
    assertThat(bounded(name, StreamStart.last())).endsWith(name + "/199");
    assertThat(bounded(name, StreamStart.next())).isEmpty();
  }

  private List<String> bounded(String name, StreamStart start) throws Exception {
    var each = new SourceJobs(directory.resolve(start.kind() + "-" + start.value()));
    each.define(1, null, source(builder -> builder.bounded().startingAt(start), name)).execute();
    return each.committed().all();
  }

  @Test
  void aStartAtTheEndReadsWhatComesAfterIt() throws Exception {
    var name = streams.declare();
    streams.publish(name, 0, 100);
    var job = jobs.start(1, null, source(builder -> builder.startingAt(StreamStart.next()), name));
    var published = new AtomicInteger(100);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              int next = published.getAndIncrement();
              streams.publish(name, next, next + 1);
              return jobs.committed().count() > 0;
            });
    job.cancel().get(60, TimeUnit.SECONDS);
    assertThat(jobs.committed().all())
        .allMatch(text -> Integer.parseInt(text.substring(name.length() + 1)) >= 100);
  }
}
