package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.AuthenticationFailureException;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.StreamDoesNotExistException;
import com.rabbitmq.stream.StreamException;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import io.onceflow.common.source.rabbitmq.StreamEvent.Arrived;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the streams of one reader, a few messages of each in turn, over one environment of the
 * client. The client mends single connections by itself; when all is quiet the server is asked
 * whether it is there, and when it is not, everything is closed and begun anew from the next
 * offsets. Messages that come twice on the way are seen by their offsets. One thread.
 */
final class StreamFetcher implements SplitReader<StreamEvent, StreamSplit> {

  private static final Logger LOG = LoggerFactory.getLogger(StreamFetcher.class);
  private static final int MOST_OF_A_STREAM = 1_000;
  private static final long WAIT_MS = 100;
  private static final long QUIET_MS = 3_000;

  private final StreamSettings settings;
  private final StreamMetrics metrics;
  private final Bell bell = new Bell();
  private final ServerCheck serverCheck = new ServerCheck();
  private final Reconnect reconnect;
  private final Map<String, StreamLink> links = new LinkedHashMap<>();
  private final Set<String> paused = new HashSet<>();
  private Environment environment;
  private long lastNewsMs;

  StreamFetcher(StreamSettings settings, StreamMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
    this.reconnect = new Reconnect(settings.reconnectLimit());
  }

  @Override
  public void handleSplitsChanges(SplitsChange<StreamSplit> change) {
    change
        .splits()
        .forEach(split -> links.put(split.stream(), new StreamLink(settings, split, metrics)));
  }

  @Override
  public RecordsWithSplitIds<StreamEvent> fetch() throws IOException {
    var events = new RecordsBySplits.Builder<StreamEvent>();
    if (!collect(events)) {
      bell.await(WAIT_MS);
      collect(events);
    }
    return events.build();
  }

  private boolean collect(RecordsBySplits.Builder<StreamEvent> events) throws IOException {
    long nowMs = System.currentTimeMillis();
    if (!reconnect.isDue(nowMs)) {
      return false;
    }
    try {
      connect();
      boolean any = false;
      for (Iterator<StreamLink> each = links.values().iterator(); each.hasNext(); ) {
        var link = each.next();
        any |= read(link, events);
        if (link.isAtEnd()) {
          link.end();
          each.remove();
          events.addFinishedSplit(link.stream());
          any = true;
        }
      }
      checkServer(any, nowMs);
      reconnect.succeeded();
      return any;
    } catch (StreamGapException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      failed(e, nowMs);
      return true;
    }
  }

  private void connect() throws IOException {
    if (environment == null) {
      environment =
          RabbitMqConnections.openStreams(
              settings.server(), "onceflow-source", new UnreadableMessage.GuardedCodec());
      lastNewsMs = System.currentTimeMillis();
    }
  }

  private boolean read(StreamLink link, RecordsBySplits.Builder<StreamEvent> events)
      throws IOException {
    boolean any = false;
    if (!link.isSubscribed()) {
      var located = link.subscribe(environment, bell::ring);
      located.ifPresent(event -> events.add(link.stream(), event));
      any = true;
    }
    if (paused.contains(link.stream())) {
      return any;
    }
    for (int i = 0; i < MOST_OF_A_STREAM; i++) {
      var message = link.poll(environment);
      if (message == null) {
        return any;
      }
      metrics.arrived(message);
      events.add(link.stream(), new Arrived(message));
      any = true;
    }
    return any;
  }

  /** A connection that is silently dead looks like a stream without news. */
  private void checkServer(boolean any, long nowMs) throws IOException {
    if (any) {
      lastNewsMs = nowMs;
      serverCheck.forget();
    } else if (nowMs - lastNewsMs >= QUIET_MS) {
      lastNewsMs = nowMs;
      serverCheck.ask(environment, List.copyOf(links.keySet()));
    }
    serverCheck.check();
  }

  private void failed(Exception e, long nowMs) throws IOException {
    disconnect();
    if (reconnect.isFirst() && isMistake(e)) {
      throw new IOException(
          "Streams %s cannot be read: %s. Correct the names, the virtual host, or the user's rights (docs/rabbitmq.md)."
              .formatted(links.keySet(), Reasons.of(e)),
          e);
    }
    if (reconnect.failed(nowMs)) {
      throw new IOException(
          "Streams %s could not be read for %s: %s. The job fails so that somebody looks; it goes on from its offsets when it is restarted."
              .formatted(links.keySet(), settings.reconnectLimit(), Reasons.of(e)),
          e);
    }
    metrics.reconnected();
    LOG.warn("Streams {} cannot be read, and are tried again: {}.", links.keySet(), Reasons.of(e));
  }

  private static boolean isMistake(Exception e) {
    return e instanceof StreamDoesNotExistException
        || e instanceof AuthenticationFailureException
        || e.getCause() instanceof AuthenticationFailureException;
  }

  private void disconnect() {
    serverCheck.forget();
    links.values().forEach(StreamLink::unsubscribe);
    if (environment != null) {
      try {
        environment.close();
      } catch (StreamException e) {
        LOG.debug("The environment was closed already.", e);
      }
      environment = null;
    }
  }

  @Override
  public void pauseOrResumeSplits(
      Collection<StreamSplit> splitsToPause, Collection<StreamSplit> splitsToResume) {
    splitsToPause.forEach(split -> paused.add(split.stream()));
    splitsToResume.forEach(split -> paused.remove(split.stream()));
  }

  @Override
  public void wakeUp() {
    bell.ring();
  }

  @Override
  public void close() {
    disconnect();
  }
}
