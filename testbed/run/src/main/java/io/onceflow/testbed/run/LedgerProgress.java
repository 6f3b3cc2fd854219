package io.onceflow.testbed.run;

import io.onceflow.testbed.run.view.InvariantWatch;
import io.onceflow.testbed.run.view.LedgerReader;
import io.onceflow.testbed.run.view.LiveText;
import io.onceflow.testbed.run.view.Look;
import io.onceflow.testbed.run.view.TopicCounter;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What PostgreSQL shows of a run of the ledger, and the dead letters in Kafka. */
final class LedgerProgress extends Progress {

  private static final Logger LOG = LoggerFactory.getLogger(LedgerProgress.class);
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

  LedgerProgress(RunServers servers) {
    super(servers, Topics.COMMANDS);
    this.servers = servers;
    this.partitions = servers.partitions();
    this.reader = new LedgerReader(servers.postgres()::connect, partitions);
    this.deadLetters = new TopicCounter(servers.bootstrapServers(), Topics.DEAD_LETTERS);
    this.watch = new InvariantWatch(servers.postgres()::connect);
  }

  @Override
  long epoch() {
    return look.epoch();
  }

  /**
   * Reads what is new. A connection that was lost is opened again by the next look; the last look
   * stays until then, for half a minute at most.
   */
  @Override
  void look() throws SQLException {
    try {
      look = reader.look();
      lostNanos = 0;
    } catch (SQLException e) {
      reconnect(e);
      return;
    }
    committed(look.earlier() + look.commands() + deadLetters.count());
    letters = deadLetters.since();
    broken.addAll(look.broken());
    broken.addAll(watch.last().broken());
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

  @Override
  Set<String> brokenWhileRunning() {
    return broken;
  }

  @Override
  List<String> block(String job) {
    return LiveText.block(moment(job));
  }

  @Override
  String line(String job) {
    return LiveText.line(moment(job));
  }

  private LiveText.Moment moment(String job) {
    return new LiveText.Moment(elapsed(), sent(), perSecond(), letters, job, look, watch.last());
  }

  @Override
  public void close() throws SQLException {
    watch.close();
    deadLetters.close();
    reader.close();
  }
}
