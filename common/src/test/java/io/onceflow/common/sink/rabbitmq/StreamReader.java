package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.StreamException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.onceflow.testbed.servers.RabbitMqServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Reads whole streams, up to an end that it writes itself: the broker does not tell theirs. */
final class StreamReader implements AutoCloseable {

  private static final String END = "end-of-reading";
  private static final int PATIENCE_S = 30;

  /** Shared, as each reader would wait a second for threads of its own to end. */
  private static final EventLoopGroup THREADS =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("stream-reader", true), NioIoHandler.newFactory());

  private final Environment environment;

  StreamReader(RabbitMqServer server) {
    this.environment =
        Environment.builder()
            .host(server.host())
            .port(server.streamPort())
            .username(server.user())
            .password(server.password())
            .netty()
            .eventLoopGroup(THREADS)
            .environmentBuilder()
            .build();
  }

  Environment environment() {
    return environment;
  }

  /** All messages of others; waits for a stream whose server has just been started again. */
  List<Message> read(String stream) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(PATIENCE_S))
        .ignoreExceptionsMatching(StreamReader::isNotYet)
        .until(() -> readNow(stream), messages -> true);
  }

  /** What the client says while a server that was started again looks for its streams. */
  static boolean isNotYet(Throwable error) {
    return error instanceof StreamException || error instanceof IllegalStateException;
  }

  private List<Message> readNow(String stream) throws InterruptedException {
    var end = UUID.randomUUID().toString();
    try (var producer = environment.producerBuilder().stream(stream).build()) {
      var message =
          producer
              .messageBuilder()
              .applicationProperties()
              .entry(END, end)
              .messageBuilder()
              .addData(new byte[0])
              .build();
      producer.send(message, confirmation -> {});
      return readTo(stream, end);
    }
  }

  private List<Message> readTo(String stream, String end) throws InterruptedException {
    BlockingQueue<Message> queue = new LinkedBlockingQueue<>();
    var messages = new ArrayList<Message>();
    try (var consumer =
        environment.consumerBuilder().stream(stream)
            .offset(OffsetSpecification.first())
            .noTrackingStrategy()
            .messageHandler((context, message) -> queue.add(message))
            .build()) {
      while (true) {
        var message = queue.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (message == null) {
          throw new IllegalStateException(consumer + " brings nothing more of " + stream);
        }
        var mark = header(message, END);
        if (end.equals(mark)) {
          return messages;
        }
        if (mark == null) {
          messages.add(message);
        }
      }
    }
  }

  /** The messages of epochs that are there to their last one. */
  List<Message> readWhole(String stream) {
    Map<String, List<Message>> growing = new LinkedHashMap<>();
    var whole = new ArrayList<Message>();
    for (var message : read(stream)) {
      var epoch =
          growing.computeIfAbsent(header(message, OutputRules.EPOCH), e -> new ArrayList<>());
      epoch.add(message);
      if (message.getApplicationProperties().get(OutputRules.LAST) instanceof Number rows) {
        if (rows.longValue() != epoch.size()) {
          throw new IllegalStateException(
              "An epoch of %s messages has %d in %s.".formatted(rows, epoch.size(), stream));
        }
        whole.addAll(epoch);
      }
    }
    return whole;
  }

  static String header(Message message, String name) {
    var headers = message.getApplicationProperties();
    var value = headers == null ? null : headers.get(name);
    return value == null ? null : value.toString();
  }

  @Override
  public void close() {
    environment.close();
  }
}
