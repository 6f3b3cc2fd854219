package io.onceflow.testbed.run.bench;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Runs benchmarks and prints, as its last lines, {@code BENCH <suite> <case> onceflow=<n>
 * peer=<name>:<n> ratio=<x>} with rates in rows per second. Exit code 0 when all suites ran,
 * whatever the ratios are.
 */
@Command(
    name = "bench",
    description = "Runs benchmarks against a peer in the same run and prints ratios.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class BenchMain implements Callable<Integer> {

  private static final List<String> SUITES =
      List.of(
          PostgresSinkSuite.NAME,
          LedgerSuite.NAME,
          KafkaSinkSuite.NAME,
          RedisSinkSuite.NAME,
          RetrySuite.NAME);

  private static final long ROWS = 4_000_000;

  @Parameters(
      arity = "0..*",
      description = "Suites: postgres-sink, ledger, kafka-sink, redis, retry; none = all.")
  private List<String> suites = List.of();

  @Option(
      names = "--rows",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description =
          "Rows, transfers or records per measurement; 4000000, of redis "
              + RedisSinkSuite.ROWS
              + ", of retry "
              + RetrySuite.ROWS
              + ".")
  private Long rows;

  @Option(names = "--parallelism", description = "Subtasks of Onceflow's sink.")
  private int parallelism = 2;

  @Option(names = "--repeat", description = "Measurements per contender; the median counts.")
  private int repeat = 3;

  @Option(names = "--seed", description = "Makes the rows' content.")
  private long seed = 1;

  @Option(
      names = "--tune",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Try several settings of the peer first and take its best.")
  private boolean tune;

  @Option(
      names = "--limit-seconds",
      description = "When the peer's run on hot keys is stopped, in seconds.")
  private int limitSeconds = 60;

  @Option(
      names = "--case",
      description =
          "Of postgres-sink only append, append-pk or upsert-hot; of redis set, set-large, hset or "
              + "xadd; of retry throughput or delay; may be repeated.")
  private Set<String> cases = Set.of();

  /** Runs the suites named in the arguments. */
  public static void main(String[] args) {
    // Flink leaves threads behind that are not daemons.
    System.exit(run(args));
  }

  static int run(String... args) {
    return new CommandLine(new BenchMain()).execute(args);
  }

  @Override
  public Integer call() throws Exception {
    for (var suite : suites) {
      if (!SUITES.contains(suite)) {
        throw new CommandLine.ParameterException(
            new CommandLine(this), "There is no suite %s; use %s.".formatted(suite, SUITES));
      }
    }
    var report = new Report(System.out);
    for (var suite : suites.isEmpty() ? SUITES : suites) {
      var settings = settings(suite);
      report.progress("suite %s, %s", suite, settings);
      run(suite, settings, report);
    }
    report.finish();
    return 0;
  }

  private BenchSettings settings(String suite) {
    var usual =
        switch (suite) {
          case RedisSinkSuite.NAME -> RedisSinkSuite.ROWS;
          case RetrySuite.NAME -> RetrySuite.ROWS;
          default -> ROWS;
        };
    return new BenchSettings(
        rows == null ? usual : rows,
        parallelism,
        repeat,
        seed,
        tune,
        Duration.ofSeconds(limitSeconds),
        cases);
  }

  private static void run(String suite, BenchSettings settings, Report report) throws Exception {
    if (suite.equals(LedgerSuite.NAME)) {
      new LedgerSuite(settings, report).run();
      return;
    }
    var target = Files.createDirectories(Path.of("target").toAbsolutePath());
    var directory = Files.createTempDirectory(target, "bench-");
    try {
      switch (suite) {
        case PostgresSinkSuite.NAME -> postgresSink(directory, settings, report);
        case KafkaSinkSuite.NAME -> kafkaSink(directory, settings, report);
        case RedisSinkSuite.NAME -> redisSink(directory, settings, report);
        case RetrySuite.NAME -> retry(directory, settings, report);
        default -> throw new IllegalArgumentException("There is no suite " + suite + ".");
      }
    } finally {
      delete(directory);
    }
  }

  private static void postgresSink(Path directory, BenchSettings settings, Report report)
      throws Exception {
    try (var server = PostgresServer.start()) {
      new PostgresSinkSuite(server, directory, settings, report).run();
    }
  }

  private static void kafkaSink(Path directory, BenchSettings settings, Report report)
      throws Exception {
    try (var broker = KafkaBroker.start()) {
      new KafkaSinkSuite(broker, directory, settings, report).run();
    }
  }

  private static void redisSink(Path directory, BenchSettings settings, Report report)
      throws Exception {
    try (var server = RedisServer.start()) {
      new RedisSinkSuite(server, directory, settings, report).run();
    }
  }

  private static void retry(Path directory, BenchSettings settings, Report report)
      throws Exception {
    try (var broker = KafkaBroker.start()) {
      new RetrySuite(broker, directory, settings, report).run();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
