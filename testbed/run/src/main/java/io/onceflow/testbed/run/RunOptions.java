package io.onceflow.testbed.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What can be chosen for a run; everything has a default. Filled by picocli. */
@Command(
    footer = {
      "",
      "While the ledger runs, a line every 2 s (on a terminal a block), counted from the start of this run:",
      "  committed     commands with a committed result",
      "  refused       results that are refusals, and the three most frequent codes",
      "  commit        per epoch, from its seal in the sink, at the checkpoint's barrier, to its commit in",
      "                PostgreSQL: the rest of the checkpoint and the transaction",
      "  end-to-end    per result, from Kafka's timestamp of the command to that commit",
      "  invariants    pending until all rows were read once, then ok or BROKEN"
    })
final class RunOptions {

  private static final Duration LONGEST_WITH_HEAP = Duration.ofMinutes(5);
  private static final long MOST = 10_000_000;
  private static final long MOST_PER_PARTITION = 2_500_000;

  /** Flink's state backends, by the names in its configuration. */
  enum StateBackend {
    heap("hashmap"),
    rocksdb("rocksdb");

    private final String flinkName;

    StateBackend(String flinkName) {
      this.flinkName = flinkName;
    }

    String flinkName() {
      return flinkName;
    }
  }

  @Option(
      names = "--job",
      defaultValue = "ledger",
      description = "The job to run: ledger, pipeline or relay. Default: ${DEFAULT-VALUE}.")
  String job;

  @Option(
      names = "--duration",
      converter = Seconds.class,
      description = "How long commands are sent, such as 30s or 5m. Without it, until Ctrl-C.")
  Duration duration;

  @Option(
      names = "--rate",
      description =
          "Commands per second, 0 = as fast as they can be sent. Default: 12000; of relay 1000.")
  Long rate;

  @Option(
      names = "--max-outstanding",
      defaultValue = "500000",
      description =
          "Sending pauses while this many commands are not committed. Default: ${DEFAULT-VALUE}.")
  long maxOutstanding;

  @Option(
      names = "--partitions",
      defaultValue = "8",
      description = "Partitions of the input topic. Default: ${DEFAULT-VALUE}.")
  int partitions;

  @Option(
      names = "--data-dir",
      description =
          "Where servers, checkpoints and sent commands are kept; a later run with the same directory continues."
              + " Without it, target/run/last, which is emptied first.")
  Path dataDir;

  @Option(
      names = "--state",
      description =
          "The job's state backend: ${COMPLETION-CANDIDATES}. Default: heap with a --duration up to 5m or --feed, else rocksdb.")
  StateBackend state;

  @Option(
      names = "--max-commands",
      defaultValue = "0",
      description =
          "Sending stops at this many commands in the topic. Default: 10000000, at most 2500000 per partition, which the final check has memory for.")
  long maxCommands;

  @Option(
      names = "--parallelism",
      defaultValue = "2",
      description = "Of the job. Default: ${DEFAULT-VALUE}.")
  int parallelism;

  @Option(
      names = "--checkpoint-interval",
      defaultValue = "1s",
      converter = Seconds.class,
      description = "Of the job. Default: ${DEFAULT-VALUE}.")
  Duration checkpointInterval;

  @Option(
      names = "--web-port",
      defaultValue = "0",
      description = "Of Flink's web UI on 127.0.0.1. Default: the first free one from 8081.")
  int webPort;

  @Option(
      names = "--feed",
      description =
          "Sends this file, one command per line, into the run that is under way, or starts a run for it alone.")
  Path feed;

  @Option(
      names = "--set",
      description =
          "KEY=VALUE of the job's configuration, over what the run sets; repeatable. Not what the check counts on:"
              + " where the job reads and writes; of the ledger also the sink's scope, retention and command size.")
  List<String> sets = new ArrayList<>();

  /** A long run writes at each checkpoint what has changed, not all it has. */
  StateBackend state() {
    if (state != null) {
      return state;
    }
    boolean isShort =
        feed != null || (duration != null && duration.compareTo(LONGEST_WITH_HEAP) <= 0);
    return isShort ? StateBackend.heap : StateBackend.rocksdb;
  }

  /** The most commands in the input topic; the final check holds those of one partition. */
  long maxCommands(int partitions) {
    return maxCommands > 0 ? maxCommands : Math.min(MOST, MOST_PER_PARTITION * partitions);
  }

  /** Throws on what no run can do. */
  void check() {
    Set<String> checked = Jobs.byName(job).checkedKeys();
    require(rate == null || rate >= 0, "--rate " + rate, "must be 0 or more");
    require(maxCommands >= 0, "--max-commands " + maxCommands, "must be 0 or more");
    require(maxOutstanding > 0, "--max-outstanding " + maxOutstanding, "must be 1 or more");
    require(
        partitions > 0 && partitions <= 1000, "--partitions " + partitions, "must be 1 to 1000");
    require(
        parallelism > 0 && parallelism <= 64, "--parallelism " + parallelism, "must be 1 to 64");
    require(webPort >= 0 && webPort <= 65535, "--web-port " + webPort, "must be 0 to 65535");
    require(
        checkpointInterval.toMillis() >= 10,
        "--checkpoint-interval " + checkpointInterval,
        "must be 10ms or more");
    sets.forEach(set -> requireUnchecked(checked, set));
  }

  private static void requireUnchecked(Set<String> checked, String set) {
    String key = set.split("=", 2)[0].strip();
    require(
        !checked.contains(key),
        "--set " + set,
        ("%s cannot be set in a run: its check of every record counts on the value the run gives it;"
                + " leave it out, or run the job with a configuration file of your own")
            .formatted(key));
  }

  static void require(boolean holds, String option, String expected) {
    if (!holds) {
      throw new UsageException(option + ": " + expected + ".");
    }
  }

  /** Reads 500ms, 30s, 5m, 1h; a plain number is seconds. */
  static final class Seconds implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      if (!text.matches("[0-9]{1,9}(ms|s|m|h)?")) {
        throw new TypeConversionException("'" + text + "' is no duration; write 30s, 5m or 1h");
      }
      long number = Long.parseLong(text.replaceAll("[a-z]", ""));
      return switch (text.replaceAll("[0-9]", "")) {
        case "ms" -> Duration.ofMillis(number);
        case "m" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        default -> Duration.ofSeconds(number);
      };
    }
  }
}
