package io.onceflow.testbed.run.bench;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.PostgresServer;
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
      List.of(PostgresSinkSuite.NAME, LedgerSuite.NAME, KafkaSinkSuite.NAME);

  @Parameters(
      arity = "0..*",
      description = "Suites: postgres-sink, ledger, kafka-sink; none = all.")
  private List<String> suites = List.of();

  @Option(names = "--rows", description = "Rows or transfers per measurement.")
  private long rows = 4_000_000;

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
      description = "Of postgres-sink only append, append-pk or upsert-hot; may be repeated.")
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
    var settings =
        new BenchSettings(
            rows, parallelism, repeat, seed, tune, Duration.ofSeconds(limitSeconds), cases);
    var report = new Report(System.out);
    for (var suite : suites.isEmpty() ? SUITES : suites) {
      report.progress("suite %s, %s", suite, settings);
      if (suite.equals(PostgresSinkSuite.NAME)) {
        postgresSink(settings, report);
      } else if (suite.equals(KafkaSinkSuite.NAME)) {
        kafkaSink(settings, report);
      } else {
        new LedgerSuite(settings, report).run();
      }
    }
    report.finish();
    return 0;
  }

  private static void postgresSink(BenchSettings settings, Report report) throws Exception {
    var target = Files.createDirectories(Path.of("target").toAbsolutePath());
    var directory = Files.createTempDirectory(target, "bench-");
    try (var server = PostgresServer.start()) {
      new PostgresSinkSuite(server, directory, settings, report).run();
    } finally {
      delete(directory);
    }
  }

  private static void kafkaSink(BenchSettings settings, Report report) throws Exception {
    var target = Files.createDirectories(Path.of("target").toAbsolutePath());
    var directory = Files.createTempDirectory(target, "bench-");
    try (var broker = KafkaBroker.start()) {
      new KafkaSinkSuite(broker, directory, settings, report).run();
    } finally {
      delete(directory);
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
