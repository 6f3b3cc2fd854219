package io.onceflow.testbed.chaos.report;

import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.util.List;
import java.util.Locale;

/** Campaigns as Markdown: the tables, without the timelines. */
public final class MarkdownReport {

  private MarkdownReport() {}

  /** Writes all campaigns, one after the other. */
  public static String of(List<CampaignStory> stories) {
    var text = new StringBuilder("# Chaos campaign\n");
    text.append(
        """

        A fault counts as injected when it happened; as not hit when it was armed and what it waits for did not come
        by within its schedule. A recovery is a stretch of more than 1.5 s in which the store saw no new epoch: from the
        first fault in it, be it still going on, to the next epoch that is seen committed.
        """);
    stories.forEach(story -> append(story, text));
    return text.toString();
  }

  private static void append(CampaignStory story, StringBuilder text) {
    text.append("\n## ").append(story.title()).append("\n\n`").append(story.result()).append("`\n");
    findings(story, text);
    kinds(story, text);
    crashPoints(story, text);
  }

  private static void findings(CampaignStory story, StringBuilder text) {
    if (story.findings().isEmpty()) {
      text.append("\n").append(story.verdict()).append("\n");
      return;
    }
    text.append("\n| schedule | finding | what |\n|---|---|---|\n");
    story
        .findings()
        .forEach(
            finding ->
                text.append(
                    "| %d | %s | %s |%n"
                        .formatted(
                            finding.schedule(),
                            finding.name(),
                            finding.detail().replace("|", "\\|").replace('\n', ' '))));
  }

  private static void kinds(CampaignStory story, StringBuilder text) {
    var recoveries = story.recoveries();
    text.append(
        "\n| fault | injected | not hit | failed | not applicable | recoveries | p50 | p99 | max |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    story
        .kinds()
        .forEach(
            (kind, outcomes) -> {
              var times = recoveries.getOrDefault(kind, new Recoveries(List.of()));
              text.append(
                  String.format(
                      Locale.ROOT,
                      "| %s | %d | %d | %d | %d | %d | %s | %s | %s |%n",
                      kind,
                      outcomes.getOrDefault(Phase.OK, 0),
                      outcomes.getOrDefault(Phase.NOT_HIT, 0),
                      outcomes.getOrDefault(Phase.FAIL, 0),
                      outcomes.getOrDefault(Phase.NOT_APPLICABLE, 0),
                      times.count(),
                      Recoveries.seconds(times.quantile(0.5)),
                      Recoveries.seconds(times.quantile(0.99)),
                      Recoveries.seconds(times.quantile(1))));
            });
  }

  private static void crashPoints(CampaignStory story, StringBuilder text) {
    if (story.crashPoints().isEmpty()) {
      return;
    }
    text.append(
        "\n| crash point | passed | armed | stopped one | ended a process |\n|---|---:|---:|---:|---:|\n");
    story
        .crashPoints()
        .forEach(
            row ->
                text.append(
                    "| %s | %d | %d | %d | %s |%n"
                        .formatted(
                            row.point(),
                            row.reached(),
                            row.armed(),
                            row.stopped(),
                            row.ended() == 0 ? "**never**" : Long.toString(row.ended()))));
  }
}
