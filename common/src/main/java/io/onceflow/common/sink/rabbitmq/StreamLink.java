package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.stream.BackOffDelayPolicy;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.Producer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The streams of one session: its environment is made when first needed and left for good after any
 * error. One thread, except for {@link #abort}.
 */
final class StreamLink implements AutoCloseable {

  private static final DefaultThreadFactory NAMED =
      new DefaultThreadFactory("onceflow-rabbitmq", true);

  /** How often a thread that waits looks whether it still should. */
  static final Duration LOOK = Duration.ofMillis(100);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final RabbitMqConfig config;
  private final String name;
  private final Map<String, Producer> producers = new HashMap<>();

  /** Closing them is what ends a call at once; the client itself would wait for an answer. */
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

  /** Of the caller's own, as the client would wait a second for its threads to end. */
  private EventLoopGroup threads;

  private ExecutorService questions;

  private Environment environment;
  private volatile boolean hasProducers;
  private volatile boolean aborted;

  StreamLink(RabbitMqConfig config, String name) {
    this.config = config;
    this.name = name;
  }

  Duration timeout() {
    return config.timeout();
  }

  /**
   * Asks the client, which may wait for an answer for longer than an abort allows: then the
   * question is left alone with itself.
   */
  <R> R ask(Function<Environment, R> question) throws StoreException, IOException {
    var current = environment();
    var answer = CompletableFuture.supplyAsync(() -> question.apply(current), questions);
    var deadline = System.nanoTime() + 2 * config.timeout().toNanos();
    while (true) {
      try {
        return answer.get(LOOK.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException notYet) {
        if (aborted || System.nanoTime() > deadline) {
          var why = aborted ? "the session was aborted" : "no answer came";
          throw new StoreException(ErrorClass.AMBIGUOUS, why, null);
        }
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException refusal
            ? refusal
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(ErrorClass.AMBIGUOUS, "Interrupted.", e);
      }
    }
  }

  private Environment environment() throws StoreException, IOException {
    if (aborted) {
      throw new StoreException(ErrorClass.TRANSIENT, "The session was aborted.", null);
    }
    if (environment == null) {
      if (threads == null) {
        threads = new MultiThreadIoEventLoopGroup(1, NAMED, NioIoHandler.newFactory());
        questions = Executors.newCachedThreadPool(NAMED);
      }
      environment = RabbitMqConnections.openStreams(config, name, threads, this::note, this::pause);
    }
    return environment;
  }

  /** Closed at once when the session was aborted while it was made. */
  private void note(Channel channel) {
    channels.add(channel);
    channel.closeFuture().addListener(closed -> channels.remove(channel));
    if (aborted) {
      channel.close();
    }
  }

  /**
   * A producer that lost its connection must not come back: it would send what it still holds,
   * behind messages that were lost on the way.
   */
  private Duration pause(int attempt) {
    return hasProducers ? BackOffDelayPolicy.TIMEOUT : RabbitMqConnections.AGAIN.delay(attempt);
  }

  /** The producer of that name on a stream; nothing is sent again behind the caller's back. */
  Producer producer(String stream, String producerName) throws StoreException, IOException {
    var key = stream + " " + producerName;
    var known = producers.get(key);
    if (known != null) {
      return known;
    }
    var fresh =
        ask(
            streams ->
                streams.producerBuilder().stream(stream)
                    .name(producerName)
                    .retryOnRecovery(false)
                    .enqueueTimeout(config.timeout())
                    .confirmTimeout(config.timeout())
                    .build());
    producers.put(key, fresh);
    hasProducers = true;
    return fresh;
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
    hasProducers = false;
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
    if (threads != null) {
      threads.shutdownGracefully(0, CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      threads = null;
      questions.shutdownNow();
    }
  }
}
