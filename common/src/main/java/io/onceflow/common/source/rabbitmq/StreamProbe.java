package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.ConsumerFlowStrategy;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.MessageHandler;
import com.rabbitmq.stream.OffsetSpecification;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads the first or the last chunk of a stream to learn its offsets. Servers before 3.11 do not
 * answer the question for them, and none says where the last message is, only where its chunk
 * begins.
 *
 * <p>A stream that delivers nothing for a while is taken for empty: a server does not say so.
 */
final class StreamProbe implements ConsumerFlowStrategy, MessageHandler {

  private final CompletableFuture<Chunk> found = new CompletableFuture<>();
  private long first = -1;
  private long left;

  private StreamProbe() {}

  /**
   * The offsets of a chunk.
   *
   * @param first of its first message
   * @param last of its last message
   */
  record Chunk(long first, long last) {}

  /**
   * Looks at one chunk; empty when nothing came in time.
   *
   * @throws IOException when it was interrupted
   * @throws com.rabbitmq.stream.StreamException when the server or stream cannot be reached
   */
  static Optional<Chunk> look(
      Environment environment, String stream, OffsetSpecification where, Duration patience)
      throws IOException {
    var probe = new StreamProbe();
    var consumer =
        environment.consumerBuilder().stream(stream)
            .offset(where)
            .messageHandler(probe)
            .flow()
            .strategy(probe)
            .builder()
            .build();
    try {
      return Optional.of(probe.found.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("The reader was stopped while it looked at stream " + stream, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Nothing completes it like that.", e);
    } finally {
      consumer.close();
    }
  }

  @Override
  public int initialCredits() {
    return 1;
  }

  @Override
  public MessageProcessedCallback start(ConsumerFlowStrategy.Context chunk) {
    left = chunk.messageCount();
    return processed -> {};
  }

  @Override
  public void handle(MessageHandler.Context context, Message message) {
    first = first < 0 ? context.offset() : first;
    left--;
    if (left <= 0) {
      found.complete(new Chunk(first, context.offset()));
    }
  }
}
