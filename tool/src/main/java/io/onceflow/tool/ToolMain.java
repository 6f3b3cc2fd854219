package io.onceflow.tool;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.ConfigException;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code onceflow} command. Exit codes: 0 done, 1 differences found, 2 wrong use, configuration
 * or connection, 3 held because of doubt, 4 refused because the job seems to be alive.
 */
@Command(
    name = "onceflow",
    mixinStandardHelpOptions = true,
    version = "onceflow 0.1.0",
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Looks at what sinks have committed and what is in doubt, and settles it without the job.",
      "Every command takes --config FILE: the job's own YAML file. Nothing is changed without --execute."
    },
    footer = {
      "%nExit codes: 0 done, 1 differences, 2 usage, configuration or connection, 3 held, 4 refused.",
      "%nExamples:",
      "  onceflow markers --config ledger.yaml --last 5",
      "  onceflow in-doubt --config ledger.yaml --json",
      "  onceflow resolve --config ledger.yaml --sink ledger --checkpoint /checkpoints/ledger/chk-42"
    },
    subcommands = {
      PreflightCommand.class,
      MarkersCommand.class,
      InDoubtCommand.class,
      ResolveCommand.class,
      VerifyCommand.class,
      DeadLettersCommand.class,
      DeadMessagesCommand.class,
      GcCommand.class
    })
public final class ToolMain implements Runnable {

  @Spec private CommandSpec spec;

  /** Ends the JVM with the exit code. */
  public static void main(String... args) {
    // Before anything logs: log4j reads its configuration once.
    System.setProperty("log4j2.configurationFile", "log4j2-tool.properties");
    Locale.setDefault(Locale.ROOT);
    System.exit(
        execute(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
  }

  /** Runs one command and returns its exit code; ends nothing. */
  public static int execute(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new ToolMain())
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(ToolMain::tell)
        .execute(args);
  }

  /** A person's mistake or a store's answer is a sentence; only our own defects have a trace. */
  private static int tell(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof UsageException
        || e instanceof ConfigException
        || e instanceof StoreException) {
      command.getErr().println(e.getMessage());
    } else {
      e.printStackTrace(command.getErr());
    }
    return ExitCode.USAGE.number();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }
}
