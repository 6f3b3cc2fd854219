package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.report.Recoveries;
import io.onceflow.testbed.chaos.subject.Servers;
import io.onceflow.testbed.chaos.subject.Subjects;
import io.onceflow.testbed.cluster.FlinkCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures recoveries with the configuration that is shipped: from kill -9 of a TaskManager, the
 * leading JobManager and PostgreSQL to the next epoch that is seen committed at the server. Whoever
 * is killed is started again after 1 s; a spare TaskManager and a standby JobManager are there.
 *
 * <p>One value is not the shipped one: the backoff between restarts is reset after a second, so
 * that ten kills in a row are measured as ten first ones.
 */
@Command(
    name = "recovery",
    mixinStandardHelpOptions = true,
    description = "Measures from kill -9 to the next committed epoch.")
public final class RecoveryMain implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int PARALLELISM = 2;

  @Option(
      names = "--kills",
      description = "of each process and subject (default: ${DEFAULT-VALUE})",
      defaultValue = "10")
  private int kills;

  @Option(
      names = "--subjects",
      split = ",",
      description = "ours first, then the peer (default: ${DEFAULT-VALUE})",
      defaultValue = "postgres-staged,postgres-peer")
  private List<String> subjects;

  @Option(names = "--cases", split = ",", description = "${COMPLETION-CANDIDATES} (default: all)")
  private List<RecoveryCase> cases = List.of(RecoveryCase.values());

  @Option(
      names = "--keep",
      description = "where logs and data go and stay; without it they are deleted at the end")
  private Path keep;

  @Spec private CommandSpec command;

  private RecoveryMain() {}

  /** Measures and exits. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new RecoveryMain())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() throws Exception {
    check();
    var times = new LinkedHashMap<String, Map<RecoveryCase, Recoveries>>();
    var files = new CampaignFiles(directory());
    System.out.println("Starting the cluster and the servers; everything is in " + files.root());
    try (var servers = Servers.start(files.servers());
        var cluster = CampaignCluster.startAsShipped(files)) {
      int block = 0;
      for (var subject : subjects) {
        times.put(subject, measure(subject, servers, cluster, ++block * 100));
      }
    }
    cases.forEach(what -> print(what, times));
    boolean complete =
        times.values().stream()
            .flatMap(of -> of.values().stream())
            .allMatch(of -> of.count() == kills);
    if (complete && keep == null) {
      Leftovers.delete(files);
    }
    return complete ? 0 : 1;
  }

  private void check() {
    require(kills > 0, "--kills must be positive and is " + kills);
    require(
        Subjects.names().containsAll(subjects),
        "--subjects %s: there are %s".formatted(subjects, Subjects.names()));
    require(
        keep == null || Leftovers.isEmpty(keep),
        "--keep %s: is not empty; each measurement needs a directory of its own".formatted(keep));
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new CommandLine.ParameterException(command.commandLine(), otherwise);
    }
  }

  private Path directory() {
    var time = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return keep != null ? keep : Path.of("target", "recovery", time);
  }

  private Map<RecoveryCase, Recoveries> measure(
      String name, Servers servers, FlinkCluster cluster, int firstBlock) throws Exception {
    var files = new CampaignFiles(servers.directory().getParent());
    var times = new EnumMap<RecoveryCase, Recoveries>(RecoveryCase.class);
    try (var subject = Subjects.start(name, servers);
        var history = new History(files.history(name));
        var keeper =
            new Keeper(
                Processes.of(
                    cluster, subject, servers, new Processes.Log(history, new AtomicInteger())))) {
      var setting =
          new BlockRun.Setting(
              cluster,
              files,
              subject,
              keeper,
              history,
              new AtomicInteger(),
              new BlockRun.Input(firstBlock, List.of()));
      for (var what : cases) {
        times.put(what, measure(setting, what, firstBlock + what.ordinal()));
      }
    }
    return times;
  }

  private Recoveries measure(BlockRun.Setting setting, RecoveryCase what, int number)
      throws Exception {
    var millis = new ArrayList<Long>();
    try (var block = BlockRun.start(setting, number, PARALLELISM)) {
      require(block.awaitCommitted(PATIENCE), setting, what);
      var meter = new RecoveryMeter(block);
      for (int kill = 0; kill < kills; kill++) {
        var time = meter.measure(what, kill);
        System.out.printf(
            Locale.ROOT,
            "%s %s %d of %d: %s%n",
            setting.subject().name(),
            what,
            kill + 1,
            kills,
            time.isPresent() ? time.getAsLong() + " ms" : "did not commit again within 60 s");
        if (time.isEmpty()) {
          break;
        }
        millis.add(time.getAsLong());
      }
      block.abandon();
    }
    return new Recoveries(millis);
  }

  private static void require(boolean committed, BlockRun.Setting setting, RecoveryCase what) {
    if (!committed) {
      throw new IllegalStateException(
          "%s committed nothing before the first kill of %s."
              .formatted(setting.subject().name(), what));
    }
  }

  private void print(RecoveryCase what, Map<String, Map<RecoveryCase, Recoveries>> times) {
    var all = new ArrayList<>(times.values());
    times.forEach(
        (subject, of) ->
            System.out.printf(
                Locale.ROOT,
                "%-20s %-12s kills=%d p50=%d ms max=%d ms%n",
                subject,
                what,
                of.get(what).count(),
                of.get(what).quantile(0.5),
                of.get(what).quantile(1)));
    if (all.size() == 2) {
      long ours = all.get(0).get(what).quantile(0.5);
      long peer = all.get(1).get(what).quantile(0.5);
      System.out.printf(
          Locale.ROOT,
          "BENCH recovery %s onceflow=%d peer=%s:%d ratio=%.2f%n",
          what,
          ours,
          subjects.get(1).equals("postgres-peer") ? "jdbc" : subjects.get(1),
          peer,
          peer == 0 ? Double.NaN : (double) ours / peer);
    }
  }
}
