package io.onceflow.testbed.run;

import io.onceflow.testbed.run.view.Screen;
import io.onceflow.testbed.servers.KafkaClient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What is known of a run while it goes on. {@link #committed} may be called by any thread, the rest
 * by one.
 */
abstract class Progress implements AutoCloseable {

  private static final long PLAIN_LINE_NANOS = 2_000_000_000L;
  private static final long RATE_NANOS = 2_000_000_000L;

  private final RunServers servers;
  private final String inputTopic;
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

  Progress(RunServers servers, String inputTopic) {
    this.servers = servers;
    this.inputTopic = inputTopic;
  }

  /** Reads what is new. */
  abstract void look() throws Exception;

  /** The last epoch that was seen. */
  abstract long epoch();

  /** All that did not hold at some moment. */
  abstract Set<String> brokenWhileRunning();

  /** What is shown on a terminal. */
  abstract List<String> block(String job);

  /** What is shown elsewhere. */
  abstract String line(String job);

  @Override
  public abstract void close() throws SQLException;

  /** Notes how many records of the input are committed, as results or dead letters. */
  final void committed(long records) {
    committed = records;
    long now = System.nanoTime();
    if (now - rateNanos >= RATE_NANOS) {
      perSecond = (committed - rateCommitted) * 1_000_000_000L / (now - rateNanos);
      rateNanos = now;
      rateCommitted = committed;
    }
  }

  /** Records of the input with a committed result or dead letter, as of the last look. */
  final long committed() {
    return committed;
  }

  final void start() {
    startNanos = System.nanoTime();
    startCommitted = committed;
    rateNanos = startNanos;
    rateCommitted = committed;
  }

  final void end() {
    endNanos = System.nanoTime();
  }

  final void sent(long records) {
    sent = records;
  }

  final long sent() {
    return sent;
  }

  final long perSecond() {
    return perSecond;
  }

  final Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** The time since the start, as hours, minutes and seconds. */
  final String clock() {
    Duration now = elapsed();
    return "%02d:%02d:%02d".formatted(now.toHours(), now.toMinutesPart(), now.toSecondsPart());
  }

  final void loadCpu(long nanos) {
    loadCpuNanos = nanos;
    loadEndNanos = System.nanoTime();
  }

  /** Committed records per second from the first record sent to the last one committed. */
  final double perSecondOverall() {
    return (committed - startCommitted) * 1e9 / Math.max(1, endNanos - startNanos);
  }

  /** The generator's share of one processor while it sent. */
  final double loadShare() {
    return loadCpuNanos / (double) Math.max(1, loadEndNanos - startNanos);
  }

  /** Records in the input topic now. */
  final long inputRecords() throws ExecutionException, InterruptedException {
    try (KafkaClient client = KafkaClient.to(servers.bootstrapServers())) {
      Map<TopicPartition, OffsetSpec> ends =
          IntStream.range(0, servers.partitions())
              .mapToObj(partition -> new TopicPartition(inputTopic, partition))
              .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
      return client.admin().listOffsets(ends).all().get().values().stream()
          .mapToLong(info -> info.offset())
          .sum();
    }
  }

  /** Shows a block on a terminal, elsewhere a line now and then. */
  final void show(Screen screen, String job) {
    long now = System.nanoTime();
    if (screen.isTerminal()) {
      screen.block(block(job));
    } else if (now - plainNanos >= PLAIN_LINE_NANOS) {
      plainNanos = now;
      screen.line(line(job));
    }
  }
}
