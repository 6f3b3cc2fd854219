package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.run.DemoServers;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Gives the ledger something to do. */
@Command(
    name = "load",
    sortOptions = false,
    description = "Sends generated commands to the ledger's topic of the cluster's Kafka.")
final class LoadCommand implements Callable<Integer> {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--rate",
      defaultValue = "500",
      description = "Commands per second. Default: ${DEFAULT-VALUE}.")
  private long rate;

  @Option(
      names = "--duration",
      defaultValue = "60s",
      description = "Such as 30s or 5m. Default: ${DEFAULT-VALUE}.")
  private String duration;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "The same seed makes the same commands. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    if (rate < 1) {
      throw new UsageException("--rate %d: must be 1 or more.".formatted(rate));
    }
    if (!duration.matches("[0-9]{1,6}[smh]")) {
      throw new UsageException("--duration %s: write 30s, 5m or 1h.".formatted(duration));
    }
    long sent = DemoServers.load(rate, Duration.parse("PT" + duration), seed);
    System.out.printf("LOAD sent=%d%n", sent);
    return 0;
  }
}
