package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that consumes one queue alone. It ends once and is never opened again: the next
 * one is another session with other delivery tags. Thread-safe.
 *
 * <p>Nobody else may consume a queue meanwhile, least of all an older attempt of the same job that
 * has not noticed its end: messages would be split between two states. A consumer that is exclusive
 * would be the way, but quorum queues ignore the wish (tried with 3.10), and queues with a single
 * active consumer refuse it. So a session begins only when the queue says that it has no consumer,
 * and goes on only when it then has one; of two that begin together at least one withdraws before
 * it has used a message. Classic queues are consumed exclusively in addition.
 */
final class QueueSession {

  private static final Logger LOG = LoggerFactory.getLogger(QueueSession.class);
  private static final int CLOSE_TIMEOUT_MS = 5_000;

  private final QueueSettings settings;
  private final String queue;
  private final long number;
  private final Runnable signal;
  private final Connection connection;
  private final Queue<Arrival> buffer = new ConcurrentLinkedQueue<>();
  private final long readyAtStart;
  private volatile Channel channel;
  private String consumerTag;
  private volatile long delivered;
  private volatile long acknowledged;
  private volatile boolean cancelled;
  private volatile String endReason;

  /** A delivery as the client hands it over. */
  record Arrival(Envelope envelope, BasicProperties properties, byte[] body) {}

  private QueueSession(
      QueueSettings settings, String queue, long number, Connection connection, Runnable signal)
      throws IOException {
    this.settings = settings;
    this.queue = queue;
    this.number = number;
    this.connection = connection;
    this.signal = signal;
    this.channel = newChannel();
    var found = channel.queueDeclarePassive(queue);
    refuseUnless(found.getConsumerCount() == 0, found.getConsumerCount());
    this.readyAtStart = found.getMessageCount();
    consume();
    int consumers = channel.queueDeclarePassive(queue).getConsumerCount();
    refuseUnless(consumers == 1, consumers - 1);
  }

  /**
   * Begins to consume.
   *
   * @param number of the connection, for its delivery tags
   * @param signal is run, by any thread, when there is something new to look at
   * @throws IOException when the server or the queue cannot be reached or used
   * @throws BusyQueueException when somebody else consumes the queue
   */
  static QueueSession open(QueueSettings settings, String queue, long number, Runnable signal)
      throws IOException {
    var connection = RabbitMqConnections.open(settings.server(), "onceflow-source-" + queue);
    try {
      return new QueueSession(settings, queue, number, connection, signal);
    } catch (IOException | RuntimeException e) {
      connection.abort(CLOSE_TIMEOUT_MS);
      throw e;
    }
  }

  private Channel newChannel() throws IOException {
    var opened = connection.createChannel();
    if (opened == null) {
      throw new IOException("The server gives the connection no channel.");
    }
    opened.basicQos(settings.prefetch());
    return opened;
  }

  private void refuseUnless(boolean isAlone, int others) throws BusyQueueException {
    if (!isAlone) {
      throw new BusyQueueException(queue, others);
    }
  }

  private void consume() throws IOException {
    try {
      consumerTag = consume(true);
    } catch (IOException e) {
      if (!Reasons.isRefusal(e)) {
        throw e;
      }
      // The channel is gone with the refusal.
      channel = newChannel();
      consumerTag = consume(false);
    }
  }

  private String consume(boolean exclusive) throws IOException {
    return channel.basicConsume(
        queue, false, "", false, exclusive, Map.of(), new Deliveries(channel));
  }

  private final class Deliveries extends DefaultConsumer {

    Deliveries(Channel channel) {
      super(channel);
    }

    @Override
    public void handleDelivery(
        String tag, Envelope envelope, BasicProperties properties, byte[] body) {
      buffer.add(new Arrival(envelope, properties, body));
      delivered = envelope.getDeliveryTag();
      signal.run();
    }

    @Override
    public void handleCancelOk(String tag) {
      cancelled = true;
      signal.run();
    }

    @Override
    public void handleCancel(String tag) {
      end("the server cancelled the consumer, as it does when the queue is deleted");
    }

    @Override
    public void handleShutdownSignal(String tag, ShutdownSignalException reason) {
      // An attempt at the exclusive consumer that was refused is not the end.
      if (getChannel() == channel) {
        end(String.valueOf(reason.getMessage()));
      }
    }
  }

  private void end(String reason) {
    endReason = reason;
    signal.run();
  }

  long number() {
    return number;
  }

  boolean isOpen() {
    return endReason == null && channel.isOpen();
  }

  /** Why it ended. */
  String endReason() {
    return endReason == null ? String.valueOf(channel.getCloseReason()) : endReason;
  }

  /** How many messages were ready when it began. */
  long readyAtStart() {
    return readyAtStart;
  }

  /** The next delivery, or null. */
  Arrival poll() {
    return buffer.poll();
  }

  boolean hasArrivals() {
    return !buffer.isEmpty();
  }

  /** How many deliveries wait for an acknowledgement. */
  long unacknowledged() {
    return delivered - acknowledged;
  }

  /** Whether the queue holds no message that could be delivered. Asks the server. */
  boolean isQueueEmpty() throws IOException {
    return channel.queueDeclarePassive(queue).getMessageCount() == 0;
  }

  /** Ends the deliveries, not the session; what was delivered can still be acknowledged. */
  void cancel() throws IOException {
    channel.basicCancel(consumerTag);
  }

  /** Whether it was cancelled, and everything that had been delivered is in the buffer. */
  boolean isCancelled() {
    return cancelled;
  }

  /**
   * Acknowledges a delivery and all before it. A connection that breaks loses acknowledgements
   * anyway: what they were for is delivered again, and known.
   */
  void acknowledge(long tag) {
    if (tag <= acknowledged) {
      return;
    }
    try {
      channel.basicAck(tag, true);
      acknowledged = tag;
    } catch (IOException | AlreadyClosedException e) {
      LOG.debug("Queue {} was not told that {} are done.", queue, tag, e);
    }
  }

  /** Sends what is on its way and closes; what is not acknowledged goes back to the queue. */
  void close() {
    try {
      connection.close(CLOSE_TIMEOUT_MS);
    } catch (IOException | ShutdownSignalException e) {
      LOG.debug("The connection of queue {} was closed already.", queue, e);
    }
  }

  /** Ends the connection without waiting for the server. */
  void abort() {
    connection.abort(0);
  }
}
