package io.onceflow.testbed.run.bench;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.redis.RedisStore;
import io.onceflow.testbed.run.bench.RedisWorkload.Kind;
import io.onceflow.testbed.servers.RedisClient;
import io.onceflow.testbed.servers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Rows per second into Redis: Onceflow's staged sink, and a pipeline without any guarantee. Both
 * write to the same server with {@code appendfsync always}; they take turns, and what is in the
 * server is counted after every measurement.
 */
final class RedisSinkSuite {

  static final String NAME = "redis";

  /** Rows per measurement when nobody says how many. */
  static final long ROWS = 300_000;

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int WARM_UP_FRACTION = 4;

  private final RedisServer server;
  private final Path directory;
  private final BenchSettings settings;
  private final Report report;
  private int serial;

  RedisSinkSuite(RedisServer server, Path directory, BenchSettings settings, Report report) {
    this.server = server;
    this.directory = directory;
    this.settings = settings;
    this.report = report;
  }

  void run() throws Exception {
    try (var client = server.connect()) {
      // A rewrite of the file would come to one of the two by chance.
      client.command("CONFIG", "SET", "auto-aof-rewrite-percentage", "0");
      for (var kind : Kind.values()) {
        if (settings.includes(kind.caseName())) {
          compare(client, kind);
        }
      }
    }
  }

  private void compare(RedisClient client, Kind kind) throws Exception {
    var workload = new RedisWorkload(kind, new BenchRows(settings.seed(), 0), settings.rows());
    var less = Math.max(1, workload.count() / WARM_UP_FRACTION);
    var warmUp = new RedisWorkload(kind, workload.rows(), less);
    onceflow(client, warmUp, "warm-up");
    pipelined(client, warmUp, "warm-up");
    var total = new Rates();
    var steady = new Rates();
    var peer = new Rates();
    for (var round = 1; round <= settings.repeat(); round++) {
      var ours = onceflow(client, workload, "round " + round);
      total.add(ours.totalRate());
      steady.add(ours.steadyRate());
      peer.add(pipelined(client, workload, "round " + round).totalRate());
    }
    var name = kind.caseName();
    report.progress("%s onceflow total %s", name, total);
    report.progress("%s onceflow steady %s", name, steady);
    report.progress("%s %s %s", name, PipelinedRedis.NAME, peer);
    report.add(new BenchLine(NAME, name, total.median(), PipelinedRedis.NAME, peer.median()));
    report.add(
        new BenchLine(NAME, name + "-steady", steady.median(), PipelinedRedis.NAME, peer.median()));
  }

  private Timing onceflow(RedisClient client, RedisWorkload workload, String phase)
      throws Exception {
    var prefix = nextPrefix(client);
    var password = Secret.fromFile(server.passwordFile().toString());
    var config = RedisConfig.loopback(server.port(), password, prefix);
    var numbers =
        new Workload(workload.kind().caseName(), false, workload.rows(), workload.count());
    var writer = new FlinkWriter(directory, settings.parallelism(), LIMIT);
    var timing =
        writer.write(
            numbers,
            job ->
                TwoPhaseCommitSink.of(
                        RedisStore.<Long>of(config, number -> workload.operation(prefix, number)))
                    .sinkId("bench")
                    .checkpointsOf(job)
                    .build());
    say(client, workload, prefix, phase + " onceflow", timing);
    return timing;
  }

  private Timing pipelined(RedisClient client, RedisWorkload workload, String phase) {
    var prefix = nextPrefix(client);
    var timing = new PipelinedRedis(server, RedisConfig.DEFAULT_CHUNK_ROWS).write(workload, prefix);
    say(client, workload, prefix, phase + " " + PipelinedRedis.NAME, timing);
    return timing;
  }

  /** An empty server, and keys that no run before has had. */
  private String nextPrefix(RedisClient client) {
    client.command("FLUSHALL");
    return "{bench-" + ++serial + "}:";
  }

  private void say(
      RedisClient client, RedisWorkload workload, String prefix, String what, Timing timing) {
    report.progress(
        "%s %s: %,d rows in %.2f s = %,.0f rows/s, steady %,.0f%s",
        workload.kind().caseName(),
        what,
        timing.rows(),
        timing.totalNs() / 1e9,
        timing.totalRate(),
        timing.steadyRate(),
        timing.finished() ? "" : "; STOPPED at the limit");
    var found = count(client, workload, prefix);
    var expected = workload.count();
    report.progress(
        "  rows %d, %s", found, found == expected ? "right" : "WRONG: expected " + expected);
  }

  /** Rows in the server, without the keys of the sink itself. */
  static long count(RedisClient client, RedisWorkload workload, String prefix) {
    if (workload.kind() == Kind.XADD) {
      return (Long) client.command("XLEN", workload.stream(prefix));
    }
    var own = client.list("KEYS", prefix + "onceflow:*").size();
    return (Long) client.command("DBSIZE") - own;
  }
}
