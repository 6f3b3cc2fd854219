package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterException;
import io.onceflow.testbed.servers.ServerException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The commands around a local Flink cluster, called by the Makefile through {@code
 * scripts/cluster}. Exit code 0 when it is done, 1 when it did not work, 2 for a mistake of the
 * user.
 */
@Command(
    name = "cluster",
    sortOptions = false,
    usageHelpWidth = 110,
    description = "A Flink cluster of separate processes on this machine, and the jobs in it.",
    subcommands = {
      UpCommand.class,
      StatusCommand.class,
      LogsCommand.class,
      DownCommand.class,
      LoadCommand.class,
      SubmitCommand.class,
      SavepointCommand.class,
      StopCommand.class,
      RestoreCommand.class,
      RescaleCommand.class,
      CancelCommand.class,
      SuperviseCommand.class
    })
public final class ClusterMain {
  private static final int EXIT_FAILED = 1;
  private static final int EXIT_USAGE = 2;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit; each command has its own.")
  private boolean help;

  private ClusterMain() {}

  /** Ends the JVM with the exit code. */
  public static void main(String... args) {
    Locale.setDefault(Locale.ROOT);
    System.exit(run(args));
  }

  /** Returns the exit code. */
  static int run(String... args) {
    CommandLine commands = new CommandLine(new ClusterMain());
    commands.getSubcommands().values().forEach(command -> command.setUsageHelpWidth(110));
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setExecutionExceptionHandler((failure, command, parsed) -> tell(failure));
    if (args.length == 0) {
      commands.usage(System.out);
      return EXIT_USAGE;
    }
    return commands.execute(args);
  }

  private static int tell(Exception failure) {
    if (failure instanceof UsageException) {
      System.err.println(failure.getMessage());
      return EXIT_USAGE;
    }
    if (failure instanceof ClusterException || failure instanceof ServerException) {
      System.err.println(failure.getMessage());
      return EXIT_FAILED;
    }
    failure.printStackTrace();
    return EXIT_FAILED;
  }
}
