package io.onceflow.testbed.run.bench;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.testbed.servers.PostgresServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Rows per second into PostgreSQL: Onceflow, Flink's own exactly-once JDBC sink, and a bare COPY.
 * Onceflow is measured with both strategies, the COPY with and without PREPARE. Contenders take
 * turns, so that whatever else the machine does hits all of them; the table is counted after every
 * measurement.
 */
final class PostgresSinkSuite {

  static final String NAME = "postgres-sink";

  private static final String APPEND = "append";
  private static final String APPEND_PK = "append-pk";
  private static final String UPSERT = "upsert-hot";
  private static final long HOT_KEYS = 1_000;
  private static final int[] PEER_BATCH_SIZES = {1_000, 5_000};
  private static final int PEER_DEFAULT_BATCH_SIZE = 5_000;

  /** Runs that are compared with each other; upserts and tuning use a part of the rows. */
  private static final int FRACTION = 4;

  private static final Duration APPEND_LIMIT = Duration.ofMinutes(10);

  private final PostgresServer server;
  private final Path directory;
  private final BenchSettings settings;
  private final Report report;
  private int serial;

  PostgresSinkSuite(PostgresServer server, Path directory, BenchSettings settings, Report report) {
    this.server = server;
    this.directory = directory;
    this.settings = settings;
    this.report = report;
  }

  void run() throws Exception {
    if (settings.includes(APPEND)) {
      append(APPEND, false);
    }
    if (settings.includes(APPEND_PK)) {
      append(APPEND_PK, true);
    }
    if (settings.includes(UPSERT)) {
      upsert();
    }
  }

  private void append(String name, boolean primaryKey) throws Exception {
    var workload =
        new Workload(name, primaryKey, new BenchRows(settings.seed(), 0), settings.rows());
    var peer = new Series(bestPeer(workload));
    var copy = new Series(new BareCopyContender(false));
    var whole = new Series(onceflow(CommitScope.SINK));
    var perSubtask = new Series(onceflow(CommitScope.SUBTASK));
    var prepared = new Series(onceflow(CommitStrategy.PREPARED, CommitScope.SINK));
    var preparedCopy = new Series(new BareCopyContender(true));
    var all = new ArrayList<>(List.of(whole, perSubtask, peer, copy));
    if (!primaryKey) {
      // Appended rows with a unique key are refused by strategy PREPARED.
      all.addAll(List.of(prepared, preparedCopy));
    }
    // The first Flink job of a JVM loads its classes; nobody's time shall contain that.
    measure(whole.contender, workload.withCount(part(workload.count())), "warm-up");
    for (var round = 1; round <= settings.repeat(); round++) {
      for (var series : all) {
        series.add(measure(series.contender, workload, "round " + round));
      }
    }
    for (var series : all) {
      summarize(name, series);
    }
    for (var other : List.of(peer, copy)) {
      compare(name, whole.total, other.contender, other.total);
      compare(name + "-steady", whole.steady, other.contender, other.steady);
      compare(name + "-subtask-scope", perSubtask.total, other.contender, other.total);
      compare(name + "-subtask-scope-steady", perSubtask.steady, other.contender, other.steady);
    }
    if (!primaryKey) {
      for (var other : List.of(peer, preparedCopy)) {
        compare(name + "-prepared", prepared.total, other.contender, other.total);
        compare(name + "-prepared-steady", prepared.steady, other.contender, other.steady);
      }
    }
  }

  private void summarize(String name, Series series) {
    var contender = series.contender.name() + " [" + series.contender.settings() + "]";
    report.progress("%s %s total %s", name, contender, series.total);
    report.progress("%s %s steady %s", name, contender, series.steady);
  }

  /** The peer may need minutes for what takes seconds here, so it runs once per setting. */
  private void upsert() throws Exception {
    var workload =
        new Workload(UPSERT, true, new BenchRows(settings.seed(), HOT_KEYS), part(settings.rows()));
    var onceflow = new Series(onceflow(CommitScope.SINK));
    for (var round = 1; round <= settings.repeat(); round++) {
      onceflow.add(measure(onceflow.contender, workload, "round " + round));
    }
    summarize(workload.name(), onceflow);
    var best = 0.0;
    Contender peer = null;
    for (var parallelism : peerParallelisms()) {
      var candidate =
          new JdbcContender(writer(parallelism, settings.limit()), PEER_DEFAULT_BATCH_SIZE, false);
      var rate = measure(candidate, workload, "once").totalRate();
      if (peer == null || rate > best) {
        best = rate;
        peer = candidate;
      }
    }
    report.add(new BenchLine(NAME, workload.name(), onceflow.total.median(), peer.name(), best));
  }

  /** Tries the peer's settings on a part of the rows. */
  private Contender bestPeer(Workload workload) throws Exception {
    var candidates = new ArrayList<Contender>();
    for (var parallelism : peerParallelisms()) {
      for (var batchSize :
          settings.tune() ? PEER_BATCH_SIZES : new int[] {PEER_DEFAULT_BATCH_SIZE}) {
        var writer = writer(parallelism, APPEND_LIMIT);
        candidates.add(new JdbcContender(writer, batchSize, true));
        if (settings.tune()) {
          candidates.add(new JdbcContender(writer, batchSize, false));
        }
      }
    }
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    record Tried(Contender contender, double rate) {}
    var tried = new ArrayList<Tried>();
    for (var candidate : candidates) {
      var timing = measure(candidate, workload.withCount(part(workload.count())), "tuning");
      tried.add(new Tried(candidate, timing.steadyRate()));
    }
    var best = tried.stream().max(Comparator.comparingDouble(Tried::rate)).orElseThrow();
    report.progress("%s the peer is best with %s", workload.name(), best.contender.settings());
    return best.contender;
  }

  private int[] peerParallelisms() {
    return settings.tune() && settings.parallelism() > 1
        ? new int[] {1, settings.parallelism()}
        : new int[] {settings.parallelism()};
  }

  private static long part(long rows) {
    return Math.max(1, rows / FRACTION);
  }

  private Timing measure(Contender contender, Workload workload, String phase) throws Exception {
    try (var database = BenchDatabase.create(server, "bench_" + ++serial, workload)) {
      var before = CpuClock.now(server);
      var timing = contender.write(workload, database);
      var cpu = CpuClock.now(server).since(before);
      report.progress(
          "%s %s %s [%s]: %,d rows in %.2f s = %,.0f rows/s, steady %,.0f; CPU s per million rows: JVM %.2f, server %.2f%s",
          workload.name(),
          phase,
          contender.name(),
          contender.settings(),
          timing.rows(),
          timing.totalNs() / 1e9,
          timing.totalRate(),
          timing.steadyRate(),
          cpu.jvmMs() * 1e3 / timing.rows(),
          cpu.serverMs() * 1e3 / timing.rows(),
          timing.finished()
              ? ""
              : "; STOPPED at the limit, checkpoints cover %,d rows"
                  .formatted(timing.coveredRows()));
      count(workload, database);
      return timing;
    }
  }

  private void count(Workload workload, BenchDatabase database) throws SQLException {
    var left = database.rollBackPrepared();
    var count = database.number("SELECT count(*) FROM " + Workload.TABLE);
    var ids = database.number("SELECT count(DISTINCT id) FROM " + Workload.TABLE);
    var expected = workload.expectedIds();
    report.progress(
        "  count(*) %d, count(distinct id) %d, %s%s",
        count,
        ids,
        count == expected && ids == expected ? "right" : "WRONG: expected " + expected,
        left == 0 ? "" : "; %d transactions were left prepared".formatted(left));
  }

  private Contender onceflow(CommitScope scope) {
    return onceflow(CommitStrategy.STAGED, scope);
  }

  private Contender onceflow(CommitStrategy strategy, CommitScope scope) {
    return new OnceflowContender(writer(settings.parallelism(), APPEND_LIMIT), strategy, scope);
  }

  private FlinkWriter writer(int parallelism, Duration limit) {
    return new FlinkWriter(directory, parallelism, limit);
  }

  private void compare(String name, Rates onceflow, Contender peer, Rates rates) {
    report.add(new BenchLine(NAME, name, onceflow.median(), peer.name(), rates.median()));
  }

  /** The measurements of one contender. */
  private static final class Series {
    private final Contender contender;
    private final Rates total = new Rates();
    private final Rates steady = new Rates();

    Series(Contender contender) {
      this.contender = contender;
    }

    void add(Timing timing) {
      total.add(timing.totalRate());
      steady.add(timing.steadyRate());
    }
  }
}
