package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.ByteCapacity;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.MessageBuilder;
import com.rabbitmq.stream.Producer;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.awaitility.Awaitility;

/** A producer's side of a server: streams and confirmed messages. */
final class Streams implements AutoCloseable {

  private final Environment environment;
  private final Map<String, Producer> producers = new HashMap<>();

  Streams(RabbitMqServer server) throws Exception {
    this.environment =
        RabbitMqConnections.openStreams(Queues.config(server, server.port()), "producer");
  }

  Environment environment() {
    return environment;
  }

  String declare() {
    var name = TestServers.newRabbitMqName("stream");
    environment.streamCreator().stream(name).create();
    return name;
  }

  /** A stream that keeps little more than its newest segment. */
  String declareSmall() {
    var name = TestServers.newRabbitMqName("stream");
    environment.streamCreator().stream(name)
        .maxSegmentSizeBytes(ByteCapacity.MB(1))
        .maxLengthBytes(ByteCapacity.MB(1))
        .create();
    return name;
  }

  /** Publishes so much that the oldest segments are deleted. */
  void overflow(String stream) throws Exception {
    var filler = "filler ".repeat(2_000);
    var texts = Collections.nCopies(500, filler);
    publish(
        stream, texts, text -> builder -> builder.addData(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The stream is going to be deleted. */
  void forget(String stream) {
    producers.remove(stream).close();
  }

  /** Publishes texts and waits until the server has them. */
  List<String> publish(String stream, int from, int until) throws Exception {
    var texts = new ArrayList<String>();
    for (int i = from; i < until; i++) {
      texts.add(stream + "/" + i);
    }
    publish(
        stream, texts, text -> builder -> builder.addData(text.getBytes(StandardCharsets.UTF_8)));
    return texts;
  }

  <T> void publish(
      String stream, List<T> values, Function<T, Function<MessageBuilder, MessageBuilder>> build)
      throws Exception {
    var producer = producer(stream);
    var confirmed = new CountDownLatch(values.size());
    for (var value : values) {
      producer.send(
          build.apply(value).apply(producer.messageBuilder()).build(),
          status -> {
            if (status.isConfirmed()) {
              confirmed.countDown();
            }
          });
    }
    if (!confirmed.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(confirmed.getCount() + " messages were not confirmed.");
    }
  }

  private Producer producer(String stream) {
    return producers.computeIfAbsent(
        stream,
        name ->
            // A server that has just started does not know at once who leads a stream.
            Awaitility.await()
                .ignoreExceptions()
                .atMost(Duration.ofSeconds(30))
                .until(() -> environment.producerBuilder().stream(name).build(), Objects::nonNull));
  }

  @Override
  public void close() {
    environment.close();
  }
}
