package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.report.ReportFiles;
import io.onceflow.testbed.chaos.subject.Servers;
import io.onceflow.testbed.run.view.Screen;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs campaigns from the command line; see {@code make chaos ARGS=--help}. The exit code is 0 when
 * nothing was found, 1 when something was, 2 for a mistake in the options, 3 when the campaign
 * itself failed or its faults prove nothing, see {@link FaultCounts}.
 */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description =
        "Seeded faults against a job on a real cluster with real stores, and a check of every row.",
    sortOptions = false)
public final class CampaignMain implements Callable<Integer> {
  private static final int FAILED = 3;

  @Mixin private CampaignOptions options = new CampaignOptions();

  private CampaignMain() {}

  /** Runs campaigns and exits. */
  public static void main(String[] args) {
    var command = new CommandLine(new CampaignMain()).setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler(
        (failure, line, parsed) -> {
          line.getErr().println("The campaign failed: " + failure.getMessage());
          failure.printStackTrace(line.getErr());
          return FAILED;
        });
    System.exit(command.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (options.reportOnly() != null) {
      options.requireHistories();
      System.out.println("Report: " + ReportFiles.write(options.reportOnly()));
      return 0;
    }
    var plan = options.plan();
    var files = new CampaignFiles(plan.directory());
    List<Campaign.Outcome> results;
    try (var progress =
        new Progress(Screen.standard(), plan.schedules() * plan.subjects().size())) {
      options.warnings().forEach(progress::line);
      progress.line("Starting the cluster and the servers; everything is in " + files.root());
      try {
        results = run(plan, files, progress);
      } finally {
        report(files, progress);
      }
    }
    boolean clean = results.stream().allMatch(each -> each.result().isClean());
    var defects = defects(results);
    if (clean && defects.isEmpty() && !options.keeps()) {
      Leftovers.delete(files);
    }
    if (clean && plan.hasBug()) {
      defects.add("The planted defect was not found.");
    }
    defects.forEach(System.out::println);
    results.forEach(each -> System.out.println(each.line()));
    if (!clean || results.size() != plan.subjects().size()) {
      return 1;
    }
    return defects.isEmpty() ? 0 : FAILED;
  }

  private static List<String> defects(List<Campaign.Outcome> results) {
    return results.stream()
        .flatMap(each -> each.faults().defect(each.result().schedules()).stream())
        .map(why -> "The campaign proves nothing: " + why)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** Whatever ends a campaign, what it did until then can be read. */
  private static void report(CampaignFiles files, Progress progress) {
    if (ReportFiles.areThere(files.root())) {
      progress.line("Report: " + ReportFiles.write(files.root()));
    }
  }

  private static List<Campaign.Outcome> run(
      CampaignPlan plan, CampaignFiles files, Progress progress) throws Exception {
    var results = new ArrayList<Campaign.Outcome>();
    try (var servers = Servers.start(files.servers());
        var cluster = CampaignCluster.start(files)) {
      var ground = new Campaign.Ground(files, cluster, servers, new Campaign.BlockNumbers());
      for (var subject : plan.subjects()) {
        try (var campaign = new Campaign(plan.of(results.size()), subject, ground, progress)) {
          var result = campaign.run();
          results.add(result);
          if (!result.result().isClean() && !plan.goesOn() && !subject.endsWith("-peer")) {
            return results;
          }
        }
      }
    }
    return results;
  }
}
