package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.FaultKind;
import io.onceflow.testbed.chaos.fault.Terrain.Pace;
import io.onceflow.testbed.chaos.job.Bug;
import io.onceflow.testbed.chaos.report.ReportFiles;
import io.onceflow.testbed.chaos.subject.Subjects;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of a campaign. */
final class CampaignOptions {
  private static final List<String> SHORT_SUBJECTS =
      List.of(
          "postgres-staged",
          "postgres-prepared",
          "postgres-three-phase",
          "mariadb-staged",
          "kafka-staged");
  private static final int SHORT_SCHEDULES = 12;
  private static final Path DIRECTORY = Path.of("target", "chaos");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--store",
      description = "postgres, mariadb, kafka or all (default: ${DEFAULT-VALUE})",
      defaultValue = "postgres")
  private String store;

  @Option(
      names = "--strategy",
      description =
          "staged, prepared, three-phase, all of ours, or peer for Flink's own sink (default: ${DEFAULT-VALUE})",
      defaultValue = "all")
  private String strategy;

  @Option(
      names = "--schedules",
      description = "how many, for each store and strategy (default: ${DEFAULT-VALUE})",
      defaultValue = "10")
  private int schedules;

  @Option(
      names = "--seed",
      description = "all chance comes from it (default: ${DEFAULT-VALUE})",
      defaultValue = "1")
  private long seed;

  @Option(
      names = "--first",
      description = "number of the first schedule (default: ${DEFAULT-VALUE})",
      defaultValue = "0")
  private int first;

  @Option(
      names = "--block",
      description = "schedules that share a job and a database (default: ${DEFAULT-VALUE})",
      defaultValue = "10")
  private int block;

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "KIND",
      description = "only these kinds; a wrong name lists all")
  private List<String> faults = List.of();

  @Option(
      names = "--pace",
      description = "full or short: how long windows and pauses are (default: ${DEFAULT-VALUE})",
      defaultValue = "full")
  private Pace pace;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description =
          "how long the job may take to commit everything after a schedule (default: ${DEFAULT-VALUE})",
      defaultValue = "60")
  private int patienceSeconds;

  @Option(names = "--go-on", description = "count a violation and go on, as with peers")
  private boolean goesOn;

  @Option(
      names = "--bug",
      description =
          "plant a defect in the sink, which the oracles must find, such as commit-twice; a wrong name lists all",
      defaultValue = "none")
  private String bug;

  @Option(
      names = "--short",
      description =
          "the short form: 60 schedules at a short pace over postgres, mariadb and kafka; --schedules counts for each of the five")
  private boolean isShort;

  @Option(
      names = "--keep",
      paramLabel = "DIRECTORY",
      description =
          "where everything goes and stays; without it data are deleted when nothing was found")
  private Path keep;

  @Option(
      names = "--report",
      paramLabel = "DIRECTORY",
      description = "run nothing, write the report of the histories below a directory again")
  private Path reportOnly;

  Path reportOnly() {
    return reportOnly;
  }

  boolean keeps() {
    return keep != null;
  }

  /** What the user must know before it begins. */
  List<String> warnings() {
    return FakeTime.library().isPresent()
        ? List.of()
        : List.of(
            "WARNING: libfaketime is not installed, so NO CLOCK IS SKEWED in this campaign: apt-get install libfaketime");
  }

  CampaignPlan plan() {
    boolean isCounted = command.commandLine().getParseResult().hasMatchedOption("--schedules");
    require(schedules > 0, "--schedules must be positive and is " + schedules);
    require(block > 0, "--block must be positive and is " + block);
    requireAlone();
    require(patienceSeconds > 0, "--patience must be positive and is " + patienceSeconds);
    require(
        keep == null || Leftovers.isEmpty(keep),
        "--keep %s: is not empty; each campaign needs a directory of its own".formatted(keep));
    require(first >= 0, "--first must not be negative and is " + first);
    return new CampaignPlan(
        subjects(),
        seed,
        first,
        isShort && !isCounted ? SHORT_SCHEDULES : schedules,
        isShort ? SHORT_SCHEDULES : block,
        kinds(),
        isShort ? Pace.SHORT : pace,
        Duration.ofSeconds(patienceSeconds),
        bug(),
        goesOn,
        directory());
  }

  /** The short form has subjects, pace and blocks of its own; what it would ignore is a mistake. */
  private void requireAlone() {
    var ignored =
        List.of("--store", "--strategy", "--pace", "--block").stream()
            .filter(option -> command.commandLine().getParseResult().hasMatchedOption(option))
            .toList();
    require(
        !isShort || ignored.isEmpty(),
        "--short chooses by itself and does not go with %s".formatted(ignored));
  }

  private String bug() {
    var names =
        Arrays.stream(Bug.values())
            .map(one -> one.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    require(names.contains(bug), "\"%s\" is no defect; there are %s".formatted(bug, names));
    var planted = Bug.valueOf(bug.toUpperCase(Locale.ROOT).replace('-', '_'));
    var untouched = subjects().stream().filter(subject -> !planted.fits(subject)).toList();
    require(
        untouched.isEmpty(),
        "--bug %s cannot be planted in %s, which would pass without it; name its --store and --strategy"
            .formatted(bug, untouched));
    return bug;
  }

  private Path directory() {
    var time = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return keep != null ? keep : DIRECTORY.resolve("%s-seed%d".formatted(time, seed));
  }

  private List<String> subjects() {
    if (isShort) {
      return SHORT_SUBJECTS;
    }
    var chosen = new ArrayList<String>();
    for (var name : Subjects.names()) {
      var itsStore = name.substring(0, name.indexOf('-'));
      var itsStrategy = name.substring(name.indexOf('-') + 1);
      boolean wanted =
          strategy.equals("all") ? !itsStrategy.equals("peer") : itsStrategy.equals(strategy);
      if (wanted && (store.equals("all") || itsStore.equals(store))) {
        chosen.add(name);
      }
    }
    require(
        !chosen.isEmpty(),
        "There is nothing for --store %s --strategy %s; there are %s"
            .formatted(store, strategy, Subjects.names()));
    return chosen;
  }

  private Set<FaultKind> kinds() {
    var kinds = EnumSet.allOf(FaultKind.class);
    try {
      if (!faults.isEmpty()) {
        kinds = EnumSet.copyOf(faults.stream().map(FaultKind::of).toList());
      }
    } catch (IllegalArgumentException e) {
      require(false, e.getMessage());
    }
    require(
        FakeTime.library().isPresent() || !kinds.equals(EnumSet.of(FaultKind.CLOCK_SKEW)),
        "No kind of fault is left; clock-skew needs libfaketime");
    return kinds;
  }

  /** A report needs something to tell of. */
  void requireHistories() {
    require(
        ReportFiles.areThere(reportOnly),
        "--report %s: there is no history of a campaign below it".formatted(reportOnly));
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new CommandLine.ParameterException(command.commandLine(), otherwise);
    }
  }
}
