package io.onceflow.testbed.chaos.report;

import io.onceflow.testbed.chaos.report.CampaignStory.ScheduleStory;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.util.List;

/** Campaigns as one page of HTML that needs nothing else: no script, no font, no picture. */
public final class HtmlReport {

  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Chaos campaign</title>
      <meta name="viewport" content="width=device-width">
      <style>
      :root { color-scheme: light dark; --ink: #1d2430; --paper: #fbfbf9; --faint: #d8dbe0; --soft: #667080;
        --fault: #b3541e; --missed: #a9b0ba; --bad: #c0182b; --good: #1d7a46; --wait: #e8c66a; --epoch: #2563a8; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --paper: #14181f; --faint: #2d3440; --soft: #98a2b3;
        --fault: #ee8f52; --missed: #566070; --bad: #ff6b78; --good: #5fd08f; --wait: #8a6d1d; --epoch: #7db5f5; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1120px;
        margin: 2rem auto; padding: 0 1.2rem; }
      h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 2px solid var(--faint); padding-top: 1rem }
      h3 { font-size: 1rem; margin: 1.6rem 0 .4rem } p.soft, figcaption { color: var(--soft) }
      code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px }
      th, td { padding: .15rem .8rem .15rem 0; text-align: right; border-bottom: 1px solid var(--faint) }
      th:first-child, td:first-child { text-align: left } table.text td { text-align: left }
      .tables { display: flex; flex-wrap: wrap; gap: 0 3rem; align-items: flex-start }
      .bad { color: var(--bad); font-weight: 600 } .good { color: var(--good); font-weight: 600 }
      figure { margin: 1.1rem 0 } figcaption { font-size: 13px } figcaption b { color: var(--ink) }
      svg { width: 100%; display: block } svg text { font: 11px system-ui, sans-serif; fill: var(--soft) }
      svg text.label { text-anchor: end; fill: var(--ink) } svg text.scale { text-anchor: middle; font-size: 9px }
      .grid { stroke: var(--faint); stroke-width: .6 } .epoch { stroke: var(--epoch); stroke-width: 1.6 }
      .ok { fill: var(--fault) } .not-hit { fill: var(--missed) } .not-applicable { fill: none } .fail { fill: var(--bad) } .invoke, .info { fill: var(--bad) }
      .recovery { fill: var(--wait); opacity: .75 }
      .key i { display: inline-block; width: .9em; height: .9em; margin: 0 .35em 0 1.1em; vertical-align: -.1em }
      </style></head><body>
      <h1>Chaos campaign</h1>
      <p class="soft">A fault counts as injected when it happened, as not hit when it was armed and what it waits for did not
      come by within its schedule. A recovery is a stretch of more than 1.5 s in which the store saw no new epoch: from the
      first fault in it, be it still going on, to the next epoch that is seen committed.</p>
      """;

  private static final String KEY =
      """
      <p class="key soft">Schedules:<i style="background: var(--fault)"></i>fault, from when it held to when it was set right
      <i style="background: var(--missed)"></i>armed, not hit <i style="background: var(--bad)"></i>could not be injected
      <i style="background: var(--wait)"></i>recovery <i style="background: var(--epoch); width: .2em"></i>committed epoch</p>
      """;

  private final StringBuilder html = new StringBuilder(HEAD);

  private HtmlReport() {}

  /** Writes all campaigns, one after the other. */
  public static String of(List<CampaignStory> stories) {
    var report = new HtmlReport();
    stories.forEach(report::campaign);
    return report.html.append("</body></html>\n").toString();
  }

  private void campaign(CampaignStory story) {
    html.append(
        "<h2>%s</h2><p><code>%s</code></p>"
            .formatted(Html.escape(story.title()), Html.escape(story.result())));
    findings(story);
    html.append("<div class=\"tables\">");
    kinds(story);
    crashPoints(story);
    html.append("</div>").append(KEY);
    story.schedules().forEach(this::schedule);
  }

  private void findings(CampaignStory story) {
    if (story.findings().isEmpty()) {
      html.append(
          "<p class=\"%s\">%s</p>".formatted(story.hasEnded() ? "good" : "bad", story.verdict()));
      return;
    }
    html.append(
        "<h3 class=\"bad\">Findings</h3><table class=\"text\"><tr><th>schedule<th>finding<th>what</tr>");
    for (var finding : story.findings()) {
      html.append(
          "<tr><td>%d<td class=\"bad\">%s<td><code>%s</code></tr>"
              .formatted(
                  finding.schedule(), Html.escape(finding.name()), Html.escape(finding.detail())));
    }
    html.append("</table>");
  }

  private void kinds(CampaignStory story) {
    var recoveries = story.recoveries();
    html.append(
        "<div><h3>Faults</h3><table><tr><th>kind<th>injected<th>not hit<th>failed<th>not applicable<th>recoveries<th>p50<th>p99<th>max</tr>");
    story
        .kinds()
        .forEach(
            (kind, outcomes) -> {
              var times = recoveries.getOrDefault(kind, new Recoveries(List.of()));
              html.append("<tr><td>").append(Html.escape(kind));
              cell(outcomes.getOrDefault(Phase.OK, 0));
              cell(outcomes.getOrDefault(Phase.NOT_HIT, 0));
              cell(outcomes.getOrDefault(Phase.FAIL, 0));
              cell(outcomes.getOrDefault(Phase.NOT_APPLICABLE, 0));
              cell(times.count());
              for (double share : new double[] {0.5, 0.99, 1}) {
                html.append("<td>")
                    .append(times.count() == 0 ? "" : Recoveries.seconds(times.quantile(share)));
              }
              html.append("</tr>");
            });
    html.append("</table></div>");
  }

  private void cell(long number) {
    html.append("<td>").append(number == 0 ? "" : Long.toString(number));
  }

  private void crashPoints(CampaignStory story) {
    if (story.crashPoints().isEmpty()) {
      return;
    }
    html.append(
        "<div><h3>Crash points</h3><table><tr><th>point<th>passed<th>armed<th>stopped one<th>ended a process</tr>");
    for (var row : story.crashPoints()) {
      html.append(
          "<tr%s><td>%s<td>%d<td>%d<td>%d<td>%s</tr>"
              .formatted(
                  row.ended() == 0 ? " class=\"bad\"" : "",
                  Html.escape(row.point()),
                  row.reached(),
                  row.armed(),
                  row.stopped(),
                  row.ended() == 0 ? "never" : Long.toString(row.ended())));
    }
    html.append("</table></div>");
  }

  private void schedule(ScheduleStory schedule) {
    html.append("<figure>").append(Timeline.of(schedule));
    html.append(
        "<figcaption><b>Schedule %d</b> %s%s</figcaption></figure>%n"
            .formatted(
                schedule.number(),
                Html.escape(schedule.text()),
                schedule.findings().isEmpty()
                    ? ""
                    : " <span class=\"bad\">%d findings</span>"
                        .formatted(schedule.findings().size())));
  }
}
