package io.onceflow.testbed.chaos.report;

import io.onceflow.testbed.chaos.report.CampaignStory.FaultSpan;
import io.onceflow.testbed.chaos.report.CampaignStory.ScheduleStory;
import java.util.Locale;

/**
 * A schedule drawn: a bar for each fault, from when it held to when it was set right, lighter bars
 * for recoveries, a tick for each epoch that was committed, a scale in seconds.
 */
final class Timeline {
  private static final int LABEL = 170;
  private static final int WIDTH = 900;
  private static final int ROW = 18;
  private static final long SHORTEST_MS = 4_000;

  private final ScheduleStory schedule;
  private final long lengthMs;
  private final StringBuilder svg = new StringBuilder();
  private int y;

  private Timeline(ScheduleStory schedule) {
    this.schedule = schedule;
    this.lengthMs = Math.max(SHORTEST_MS, schedule.endMs() - schedule.beginMs());
  }

  static String of(ScheduleStory schedule) {
    return new Timeline(schedule).draw();
  }

  private String draw() {
    int height = ROW * (schedule.faults().size() + 2) + 4;
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"schedule %d\">"
            .formatted(LABEL + WIDTH + 10, height, schedule.number()));
    scale(height);
    schedule.faults().forEach(this::fault);
    recoveries();
    epochs();
    return svg.append("</svg>\n").toString();
  }

  private double x(long atMs) {
    double share = (double) (atMs - schedule.beginMs()) / lengthMs;
    return LABEL + WIDTH * Math.min(1, Math.max(0, share));
  }

  private void scale(int height) {
    long step = lengthMs > 40_000 ? 10_000 : lengthMs > 15_000 ? 5_000 : 1_000;
    for (long at = 0; at <= lengthMs; at += step) {
      double x = x(schedule.beginMs() + at);
      add("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>", x, x, height - ROW);
      add("<text class=\"scale\" x=\"%.1f\" y=\"%d\">%d s</text>", x, height - 5, at / 1_000);
    }
  }

  private void fault(FaultSpan fault) {
    double from = x(fault.beginMs());
    double width = Math.max(3, x(fault.endMs()) - from);
    label(fault.kind());
    add(
        "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>%s</title></rect>",
        fault.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        from,
        y + 3,
        width,
        ROW - 6,
        Html.escape(fault.text()));
    y += ROW;
  }

  /** Drawn in the row of the epochs, behind their ticks. */
  private void recoveries() {
    for (var recovery : schedule.recoveries()) {
      long ms = recovery.number("ms");
      double from = x(recovery.atMs() - ms);
      add(
          "<rect class=\"recovery\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>%s</title></rect>",
          from,
          y + 2,
          Math.max(2, x(recovery.atMs()) - from),
          ROW - 4,
          Html.escape("recovered from %s after %d ms".formatted(recovery.name(), ms)));
    }
  }

  private void epochs() {
    label("epochs");
    for (long at : schedule.epochs()) {
      double x = x(at);
      add(
          "<line class=\"epoch\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
          x, x, y + 3, y + ROW - 3);
    }
  }

  private void label(String text) {
    add("<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>", LABEL - 8, y + 13, Html.escape(text));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
