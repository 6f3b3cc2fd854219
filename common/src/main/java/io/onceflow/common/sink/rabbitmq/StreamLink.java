package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.stream.Consumer;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.MessageHandler;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.Producer;
import io.netty.channel.Channel;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The streams of one session: its environment is made when first needed and left for good after any
 * error. One thread, except for {@link #abort}.
 */
final class StreamLink implements AutoCloseable {

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final RabbitMqConfig config;
  private final String name;
  private final Map<String, Producer> producers = new HashMap<>();

  /** Closing them is what ends a call at once; the client itself would wait for an answer. */
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

  private Environment environment;
  private volatile boolean aborted;

  StreamLink(RabbitMqConfig config, String name) {
    this.config = config;
    this.name = name;
  }

  Duration timeout() {
    return config.timeout();
  }

  Environment environment() throws StoreException, IOException {
    if (aborted) {
      throw new StoreException(ErrorClass.TRANSIENT, "The session was aborted.", null);
    }
    if (environment == null) {
      environment = RabbitMqConnections.openStreams(config, name, channels::add);
    }
    return environment;
  }

  /** The producer of that name on a stream; nothing is sent again behind the caller's back. */
  Producer producer(String stream, String producerName) throws StoreException, IOException {
    var key = stream + " " + producerName;
    var known = producers.get(key);
    if (known != null) {
      return known;
    }
    var fresh =
        environment().producerBuilder().stream(stream)
            .name(producerName)
            .retryOnRecovery(false)
            .enqueueTimeout(config.timeout())
            .confirmTimeout(config.timeout())
            .build();
    producers.put(key, fresh);
    return fresh;
  }

  /** Reads a stream from its last chunk on. */
  Consumer consumeFromLast(String stream, MessageHandler handler)
      throws StoreException, IOException {
    return environment().consumerBuilder().stream(stream)
        .offset(OffsetSpecification.last())
        .noTrackingStrategy()
        .messageHandler(handler)
        .build();
  }

  boolean isAborted() {
    return aborted;
  }

  /** Leaves the connections: an answer that comes late must meet nobody. */
  void drop() {
    disconnect();
    leave();
  }

  /** Breaks what is under way, from any thread; nothing is sent afterwards. */
  void abort() {
    aborted = true;
    disconnect();
  }

  private void disconnect() {
    channels.forEach(Channel::close);
    channels.clear();
  }

  /** Its threads end when it is closed, and closing may wait for a server that is silent. */
  private Thread leave() {
    producers.clear();
    var old = environment;
    environment = null;
    var closer =
        new Thread(
            () -> {
              if (old != null) {
                old.close();
              }
            },
            "onceflow-rabbitmq-close");
    closer.setDaemon(true);
    closer.start();
    return closer;
  }

  @Override
  public void close() {
    try {
      leave().join(CLOSE_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    disconnect();
  }
}
