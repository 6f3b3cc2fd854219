package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.Consumer;
import com.rabbitmq.stream.ConsumerFlowStrategy;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.MessageHandler;
import com.rabbitmq.stream.OffsetSpecification;
import io.onceflow.common.source.rabbitmq.StreamEvent.Located;
import java.io.IOException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream that is being read: where to go on, and what has arrived. Fetcher thread, but for the
 * client's, which adds to the buffer. The buffer holds a few chunks at most, because the next one
 * is asked for when half of one was taken out.
 */
final class StreamLink {

  private static final Logger LOG = LoggerFactory.getLogger(StreamLink.class);
  private static final int CHUNKS = 3;

  private final StreamSettings settings;
  private final String stream;
  private final StreamMetrics metrics;
  private long next;
  private long stop;
  private boolean continues;
  private Subscription subscription;

  StreamLink(StreamSettings settings, StreamSplit split, StreamMetrics metrics) {
    this.settings = settings;
    this.stream = split.stream();
    this.metrics = metrics;
    this.next = split.next();
    this.stop = split.stop();
    this.continues = next != StreamSplit.UNKNOWN;
  }

  /** A message as the client handed it over. */
  record Arrival(MessageHandler.Context context, Message message) {}

  /**
   * One consumer, with a buffer of its own: what a lost one delivered late is not looked at.
   *
   * @param consumer of the client
   * @param buffer what has arrived
   */
  private record Subscription(Consumer consumer, Queue<Arrival> buffer) {}

  String stream() {
    return stream;
  }

  boolean isSubscribed() {
    return subscription != null;
  }

  /** Whether a bounded read has come to its end. */
  boolean isAtEnd() {
    return stop != StreamSplit.UNBOUNDED && stop != StreamSplit.UNKNOWN && next >= stop;
  }

  /**
   * Begins to read, or goes on after the connection was lost; what was found out about the
   * position, if anything.
   *
   * @throws IOException when messages are gone and the job is to fail then
   * @throws com.rabbitmq.stream.StreamException when the server or stream cannot be reached
   */
  Optional<Located> subscribe(Environment environment, Runnable signal) throws IOException {
    var located = locate(environment);
    if (isAtEnd()) {
      return located;
    }
    var buffer = new ConcurrentLinkedQueue<Arrival>();
    var consumer =
        environment.consumerBuilder().stream(stream)
            .offset(where())
            .messageHandler(
                (context, message) -> {
                  buffer.add(new Arrival(context, message));
                  signal.run();
                })
            .flow()
            .strategy(ConsumerFlowStrategy.creditWhenHalfMessagesProcessed(CHUNKS))
            .builder()
            .build();
    subscription = new Subscription(consumer, buffer);
    LOG.info("Stream '{}' is read from {}.", stream, where());
    return located;
  }

  private OffsetSpecification where() {
    return next == StreamSplit.UNKNOWN
        ? settings.start().specification()
        : OffsetSpecification.offset(next);
  }

  private Optional<Located> locate(Environment environment) throws IOException {
    boolean relative = next == StreamSplit.UNKNOWN && settings.start().isRelativeToEnd();
    if (!relative && !continues && stop != StreamSplit.UNKNOWN) {
      return Optional.empty();
    }
    var end =
        StreamProbe.look(environment, stream, OffsetSpecification.last(), settings.emptyAfter());
    if (continues) {
      checkEnd(end);
    }
    if (relative) {
      boolean isNext = settings.start().kind() == StreamStart.Kind.NEXT;
      next = end.map(chunk -> isNext ? chunk.last() + 1 : chunk.first()).orElse(0L);
    }
    boolean findsStop = stop == StreamSplit.UNKNOWN;
    if (findsStop) {
      stop = end.map(chunk -> chunk.last() + 1).orElse(0L);
    }
    if (findsStop && next == StreamSplit.UNKNOWN && !hasAny(environment, stop)) {
      next = stop;
    }
    return relative || findsStop ? Optional.of(new Located(next, stop)) : Optional.empty();
  }

  /** Whether a bounded read finds a message between its start and its end. */
  private boolean hasAny(Environment environment, long end) throws IOException {
    return end > 0
        && switch (settings.start().kind()) {
          case FIRST, LAST, NEXT -> true;
          case OFFSET -> settings.start().value() < end;
          case TIMESTAMP ->
              StreamProbe.look(environment, stream, where(), settings.emptyAfter())
                  .filter(chunk -> chunk.first() < end)
                  .isPresent();
        };
  }

  /** A position behind the end would silently skip what is published up to it. */
  private void checkEnd(Optional<StreamProbe.Chunk> end) throws IOException {
    if (next == 0) {
      return;
    }
    if (end.isEmpty()) {
      throw new IOException(
          "stream '%s' shows no message, and was read up to offset %d before"
              .formatted(stream, next));
    }
    long available = end.get().last() + 1;
    if (available < next) {
      gap(
          "Stream '%s' ends before offset %d, and was read up to %d before: it was deleted and declared anew, or its server lost its end."
              .formatted(stream, available, next));
      next = available;
    }
  }

  /**
   * The next message that has not been read, or null.
   *
   * @throws IOException when messages before it are gone and the job is to fail then
   */
  RabbitMqMessage poll(Environment environment) throws IOException {
    var arrival = subscription == null ? null : subscription.buffer().poll();
    while (arrival != null) {
      long offset = arrival.context().offset();
      arrival.context().processed();
      if (next == StreamSplit.UNKNOWN || offset >= next) {
        checkGap(environment, offset);
        return take(offset, arrival);
      }
      arrival = subscription.buffer().poll();
    }
    return null;
  }

  private RabbitMqMessage take(long offset, Arrival arrival) {
    continues = true;
    if (stop != StreamSplit.UNBOUNDED && offset >= stop) {
      next = stop;
      return null;
    }
    next = offset + 1;
    return StreamMessages.of(stream, offset, arrival.context().timestamp(), arrival.message());
  }

  /** Offsets also jump over what the server notes for itself; only what it has deleted is lost. */
  private void checkGap(Environment environment, long offset) throws IOException {
    if (!continues || offset == next) {
      return;
    }
    var begin =
        StreamProbe.look(environment, stream, OffsetSpecification.first(), settings.emptyAfter());
    if (begin.isPresent() && begin.get().first() > next) {
      gap(
          "Stream '%s' begins at offset %d now, and was read up to %d: its retention has deleted what is between."
              .formatted(stream, begin.get().first(), next));
    }
  }

  private void gap(String what) throws IOException {
    if (settings.onGap() == OnGap.FAIL) {
      throw new StreamGapException(
          what
              + " These messages are lost to the job. To go on without them set onGap to CONTINUE; then keep messages longer than the job may be down.");
    }
    metrics.gap();
    LOG.warn("{} The job goes on without them, as onGap is CONTINUE.", what);
  }

  /** The connection is lost; nothing of it is looked at any more. */
  void unsubscribe() {
    subscription = null;
  }

  /** Ends the consumer of a read that has ended. */
  void end() {
    if (subscription != null) {
      try {
        subscription.consumer().close();
      } catch (RuntimeException e) {
        LOG.debug("The consumer of stream {} was closed already.", stream, e);
      }
      subscription = null;
    }
  }
}
