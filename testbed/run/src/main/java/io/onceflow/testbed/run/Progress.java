package io.onceflow.testbed.run;

import io.onceflow.testbed.run.view.InvariantWatch;
import io.onceflow.testbed.run.view.LedgerReader;
import io.onceflow.testbed.run.view.LiveText;
import io.onceflow.testbed.run.view.Look;
import io.onceflow.testbed.run.view.Screen;
import io.onceflow.testbed.run.view.TopicCounter;
import io.onceflow.testbed.servers.KafkaClient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a run while it goes on. {@link #committed} may be called by any thread, the rest
 * by one.
 */
final class Progress implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
  private static final long PLAIN_LINE_NANOS = 2_000_000_000L;
  private static final long RATE_NANOS = 2_000_000_000L;
  private static final long LOST_NANOS = 30_000_000_000L;

  private final RunServers servers;
  private final int partitions;
  private final TopicCounter deadLetters;
  private final InvariantWatch watch;
  private final Set<String> broken = new LinkedHashSet<>();
  private LedgerReader reader;
  private Look look;
  private long lostNanos;
  private long letters;
  private volatile long committed;
  private long sent;
  private long startNanos;
  private long startCommitted;
  private long endNanos;
  private long plainNanos;
  private long rateNanos;
  private long rateCommitted;
  private long perSecond;
  private long loadCpuNanos;
  private long loadEndNanos;

  Progress(RunServers servers, int partitions) {
    this.servers = servers;
    this.partitions = partitions;
    this.reader = new LedgerReader(servers.postgres()::connect, partitions);
    this.deadLetters = new TopicCounter(servers.bootstrapServers(), Topics.DEAD_LETTERS);
    this.watch = new InvariantWatch(servers.postgres()::connect);
  }

  /** Commands with a committed result or dead letter, as of the last look. */
  long committed() {
    return committed;
  }

  /** The last epoch that was seen. */
  long epoch() {
    return look.epoch();
  }

  void start() {
    startNanos = System.nanoTime();
    startCommitted = committed;
    rateNanos = startNanos;
    rateCommitted = committed;
  }

  void end() {
    endNanos = System.nanoTime();
  }

  void sent(long commands) {
    sent = commands;
  }

  void loadCpu(long nanos) {
    loadCpuNanos = nanos;
    loadEndNanos = System.nanoTime();
  }

  /** Committed commands per second from the first command sent to the last one committed. */
  double perSecondOverall() {
    return (committed - startCommitted) * 1e9 / Math.max(1, endNanos - startNanos);
  }

  /**
   * Reads what is new. A connection that was lost is opened again by the next look; the last look
   * stays until then, for half a minute at most.
   */
  void look() throws SQLException {
    try {
      look = reader.look();
      lostNanos = 0;
    } catch (SQLException e) {
      reconnect(e);
      return;
    }
    committed = look.earlier() + look.commands() + deadLetters.count();
    letters = deadLetters.since();
    broken.addAll(look.broken());
    broken.addAll(watch.last().broken());
    long now = System.nanoTime();
    if (now - rateNanos >= RATE_NANOS) {
      perSecond = (committed - rateCommitted) * 1_000_000_000L / (now - rateNanos);
      rateNanos = now;
      rateCommitted = committed;
    }
  }

  /** A new reader, which reads all again: the old one may have read half of what was new. */
  private void reconnect(SQLException lost) throws SQLException {
    long now = System.nanoTime();
    if (lostNanos == 0) {
      lostNanos = now;
    }
    if (look == null || now - lostNanos > LOST_NANOS) {
      throw lost;
    }
    LOG.warn("The reader lost its connection and opens another one", lost);
    reader.close();
    reader = new LedgerReader(servers.postgres()::connect, partitions, reader.base());
  }

  /** All that did not hold at some moment. */
  Set<String> brokenWhileRunning() {
    return broken;
  }

  /** Records in the input topic now. */
  long inputRecords() throws ExecutionException, InterruptedException {
    try (KafkaClient client = KafkaClient.to(servers.bootstrapServers())) {
      Map<TopicPartition, OffsetSpec> ends =
          java.util.stream.IntStream.range(0, partitions)
              .mapToObj(partition -> new TopicPartition(Topics.COMMANDS, partition))
              .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
      return client.admin().listOffsets(ends).all().get().values().stream()
          .mapToLong(info -> info.offset())
          .sum();
    }
  }

  void show(Screen screen, String job) {
    long now = System.nanoTime();
    LiveText.Moment moment =
        new LiveText.Moment(
            Duration.ofNanos(now - startNanos), sent, perSecond, letters, job, look, watch.last());
    if (screen.isTerminal()) {
      screen.block(LiveText.block(moment));
    } else if (now - plainNanos >= PLAIN_LINE_NANOS) {
      plainNanos = now;
      screen.line(LiveText.line(moment));
    }
  }

  /** The generator's share of one processor while it sent. */
  double loadShare() {
    return loadCpuNanos / (double) Math.max(1, loadEndNanos - startNanos);
  }

  @Override
  public void close() throws SQLException {
    watch.close();
    deadLetters.close();
    reader.close();
  }
}
