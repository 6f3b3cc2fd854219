package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.QueueEvent.Counted;
import io.onceflow.common.source.rabbitmq.QueueEvent.Delivery;
import io.onceflow.common.source.rabbitmq.QueueEvent.DeliveryTag;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;

/**
 * Keeps the queues of one reader connected and turns what arrives into events, a few messages of
 * each queue in turn. One thread. Connections outlive it: they still have to acknowledge when
 * bounded reads have ended.
 */
final class QueueFetcher implements SplitReader<QueueEvent, QueueSplit> {

  private static final int MOST_OF_A_QUEUE = 500;
  private static final long WAIT_MS = 100;

  private final QueueSettings settings;
  private final QueueLinks links;
  private final QueueMetrics metrics;
  private final Map<String, BoundedRead> reads = new LinkedHashMap<>();
  private final Set<String> paused = new HashSet<>();

  QueueFetcher(QueueSettings settings, QueueLinks links, QueueMetrics metrics) {
    this.settings = settings;
    this.links = links;
    this.metrics = metrics;
  }

  @Override
  public void handleSplitsChanges(SplitsChange<QueueSplit> change) {
    for (var split : change.splits()) {
      reads.put(split.queue(), new BoundedRead(links.of(split.queue()), settings.bounded()));
    }
  }

  @Override
  public RecordsWithSplitIds<QueueEvent> fetch() throws IOException {
    var events = new RecordsBySplits.Builder<QueueEvent>();
    if (!collect(events)) {
      links.await(WAIT_MS);
      collect(events);
    }
    return events.build();
  }

  private boolean collect(RecordsBySplits.Builder<QueueEvent> events) throws IOException {
    boolean any = false;
    long nowMs = System.currentTimeMillis();
    for (Iterator<BoundedRead> each = reads.values().iterator(); each.hasNext(); ) {
      var read = each.next();
      var link = read.link();
      var session = link.session(nowMs);
      if (session != null && read.begins()) {
        events.add(link.queue(), new Counted(session.readyAtStart()));
        any = true;
      }
      if (session != null && !paused.contains(link.queue())) {
        any |= drain(link.queue(), session, events);
      }
      if (read.hasEnded(session, nowMs)) {
        events.addFinishedSplit(link.queue());
        each.remove();
        any = true;
      }
      link.checkStarvation(nowMs);
    }
    return any;
  }

  private boolean drain(
      String queue, QueueSession session, RecordsBySplits.Builder<QueueEvent> events)
      throws IOException {
    boolean any = false;
    for (int i = 0; i < MOST_OF_A_QUEUE; i++) {
      var arrival = session.poll();
      if (arrival == null) {
        break;
      }
      events.add(queue, delivery(queue, session.number(), arrival));
      any = true;
    }
    return any;
  }

  private Delivery delivery(String queue, long connection, QueueSession.Arrival arrival)
      throws IOException {
    var message = AmqpMessages.of(queue, arrival.envelope(), arrival.properties(), arrival.body());
    metrics.arrived(message);
    return new Delivery(
        new DeliveryTag(connection, arrival.envelope().getDeliveryTag()), id(message), message);
  }

  private MessageHash id(RabbitMqMessage message) throws IOException {
    if (message.messageId() != null) {
      return MessageHash.ofId(message.messageId());
    }
    return switch (settings.missingId()) {
      case HASH -> MessageHash.ofContent(message);
      case AT_LEAST_ONCE -> null;
      case FAIL ->
          throw new IOException(
              "A message in queue '%s' has no message-id, so a redelivery could not be told from it. Let its producer set one, remove it from the queue, or choose missingId HASH or AT_LEAST_ONCE (docs/rabbitmq.md)."
                  .formatted(message.queue()));
    };
  }

  @Override
  public void pauseOrResumeSplits(
      Collection<QueueSplit> splitsToPause, Collection<QueueSplit> splitsToResume) {
    splitsToPause.forEach(split -> paused.add(split.queue()));
    splitsToResume.forEach(split -> paused.remove(split.queue()));
  }

  @Override
  public void wakeUp() {
    links.wakeUp();
  }

  @Override
  public void close() {
    // The reader closes the connections.
  }
}
