package io.onceflow.testbed.run.bench;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Selective retry beside Confluent Parallel Consumer, on the same broker with the same calls,
 * concurrency, keys and pauses: done records per second at several shares of first attempts that
 * fail, and what keys that fail add to the delay of the others.
 */
final class RetrySuite {

  static final String NAME = "retry";

  /** Records per measurement when nobody says how many. */
  static final long ROWS = 40_000;

  static final List<Integer> FAIL_PERCENT = List.of(0, 1, 10, 50);

  private static final int CONCURRENCY = 100;
  private static final int KEYS = 1_000;
  private static final int DELAY_KEYS = 200;
  private static final int DELAY_PER_SECOND = 1_000;
  private static final int LIMIT_SECONDS = 120;
  private static final int WARM_UP_FRACTION = 4;

  /** Of the delays of the first quarter nobody learns anything but how a JVM starts. */
  private static final int UNMEASURED_FRACTION = 4;

  /** A paced measurement of the usual size takes eight seconds. */
  private static final int DELAY_FRACTION = 5;

  private static final Duration LATENCY = Duration.ofMillis(5);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final KafkaBroker broker;
  private final BenchSettings settings;
  private final Report report;
  private final OnceflowRetry onceflow;
  private final ParallelConsumerRetry peer;
  private int serial;

  RetrySuite(KafkaBroker broker, Path directory, BenchSettings settings, Report report) {
    this.broker = broker;
    this.settings = settings;
    this.report = report;
    var servers = broker.bootstrapServers();
    onceflow = new OnceflowRetry(servers, directory, settings.parallelism(), CONCURRENCY, PAUSE);
    peer = new ParallelConsumerRetry(servers, CONCURRENCY, PAUSE);
  }

  void run() throws Exception {
    var records = Math.toIntExact(settings.rows());
    var less = Math.max(1, records / WARM_UP_FRACTION);
    for (var contender : List.of(onceflow, peer)) {
      throughput(contender, new RetryLoad(less, KEYS, 10, false, 0, LATENCY), "warm-up");
    }
    if (settings.includes("throughput")) {
      for (var percent : FAIL_PERCENT) {
        compareThroughput(records, percent);
      }
    }
    if (settings.includes("delay")) {
      compareDelays(Math.max(DELAY_KEYS, records / DELAY_FRACTION));
    }
  }

  private void compareThroughput(int records, int percent) throws Exception {
    var load = new RetryLoad(records, KEYS, percent, false, 0, LATENCY);
    var ours = new Rates();
    var theirs = new Rates();
    for (var round = 1; round <= settings.repeat(); round++) {
      ours.add(throughput(onceflow, load, "round " + round));
      theirs.add(throughput(peer, load, "round " + round));
    }
    report.progress("%d %% failing, onceflow %s", percent, ours);
    report.progress("%d %% failing, %s %s", percent, peer.name(), theirs);
    report.add(
        new BenchLine(
            NAME, "throughput-fail" + percent, ours.median(), peer.name(), theirs.median()));
  }

  private double throughput(RetryContender contender, RetryLoad load, String phase)
      throws Exception {
    var topic = "retry-" + ++serial;
    try (var client = KafkaClient.to(broker);
        var service = SimulatedService.open(topic, load)) {
      client.createTopic(topic, settings.parallelism());
      try (var feeder = new RetryFeeder(broker.bootstrapServers(), topic, load)) {
        feeder.sendAll();
      }
      var running = contender.start(topic, topic);
      try {
        service.awaitAll(LIMIT_SECONDS);
      } finally {
        running.close();
      }
      report.progress(
          "%s %s, %d %% failing: %,.0f records/s",
          phase, contender.name(), load.failPercent(), service.rate());
      check(service, load);
      client.deleteTopic(topic);
      return service.rate();
    }
  }

  private void compareDelays(int records) throws Exception {
    var ours = new DelaysByShare();
    var theirs = new DelaysByShare();
    for (var round = 1; round <= settings.repeat(); round++) {
      for (var percent : List.of(0, RetryLoad.FAILING_KEYS_PERCENT)) {
        var load = new RetryLoad(records, DELAY_KEYS, percent, true, DELAY_PER_SECOND, LATENCY);
        delays(onceflow, load, ours, "round " + round);
        delays(peer, load, theirs, "round " + round);
      }
    }
    report.progress("added delay, onceflow: %s", ours.added());
    report.progress("added delay, %s: %s", peer.name(), theirs.added());
    for (var percent : List.of(0, RetryLoad.FAILING_KEYS_PERCENT)) {
      for (var quantile : List.of(50, 99)) {
        report.add(
            new BenchLine(
                NAME,
                "delay-us-p%d-fail%d".formatted(quantile, percent),
                ours.micros(percent, quantile),
                peer.name(),
                theirs.micros(percent, quantile)));
      }
    }
  }

  private void delays(RetryContender contender, RetryLoad load, DelaysByShare into, String phase)
      throws Exception {
    var topic = "retry-" + ++serial;
    try (var client = KafkaClient.to(broker);
        var service = SimulatedService.open(topic, load)) {
      client.createTopic(topic, settings.parallelism());
      var running = contender.start(topic, topic);
      try {
        var delays = paced(topic, service, load);
        report.progress(
            "%s %s, %d %% of the keys failing: delay of the others %s",
            phase, contender.name(), load.failPercent(), delays);
        into.add(load.failPercent(), delays);
      } finally {
        running.close();
      }
      check(service, load);
      client.deleteTopic(topic);
    }
  }

  private Delays paced(String topic, SimulatedService service, RetryLoad load)
      throws InterruptedException {
    try (var feeder = new RetryFeeder(broker.bootstrapServers(), topic, load)) {
      feeder.sendFirst();
      service.awaitFirst(LIMIT_SECONDS);
      var startedNs = feeder.sendPaced();
      service.awaitAll(LIMIT_SECONDS);
      return Delays.of(service, load, startedNs, load.records() / UNMEASURED_FRACTION);
    }
  }

  /** Calls beyond those that the load makes necessary are attempts that nobody asked for. */
  private void check(SimulatedService service, RetryLoad load) {
    var needed = load.records() + load.failing();
    var right =
        service.done() == load.records()
            && service.calls() == needed
            && service.repeated() == 0
            && service.outOfOrder() == 0;
    report.progress(
        "  done %d, calls %d, repeated %d, out of order %d, %s",
        service.done(),
        service.calls(),
        service.repeated(),
        service.outOfOrder(),
        right ? "right" : "WRONG: expected %d and %d".formatted(load.records(), needed));
  }
}
