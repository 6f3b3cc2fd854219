package io.onceflow.testbed.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.chaos.report.CampaignResult.Losses;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  @TempDir Path directory;

  private Path writeHistory() {
    var file = directory.resolve("postgres-staged").resolve(ReportFiles.HISTORY);
    try (var history = new History(file)) {
      history.write(Event.CAMPAIGN, Phase.BEGIN, "postgres-staged", "postgres-staged, seed 7");
      history.schedule(4);
      history.write(Event.SCHEDULE, Phase.BEGIN, "", "0.1 s kill-store (down 200 ms) <&>");
      history.write(Event.FAULT, Phase.INVOKE, "kill-store", "down 200 ms");
      history.write(Event.FAULT, Phase.INFO, "kill-store", "store");
      history.write(Event.FAULT, Phase.OK, "kill-store", "store, down 200 ms");
      history.write(Event.FAULT, Phase.INVOKE, "crash-point", "seal-before, halt");
      history.write(Event.FAULT, Phase.NOT_HIT, "crash-point", "seal-before");
      history.write(Event.EPOCHS, Phase.INFO, "", "", Map.of("epochs", 1L));
      history.write(Event.RECOVERY, Phase.OK, "kill-store", "", Map.of("ms", 2_500L));
      history.write(Event.FINDING, Phase.FAIL, "lost", "2 after schedule 4", Map.of("count", 2L));
      history.write(
          Event.CRASH_POINTS,
          Phase.END,
          "reached",
          "",
          Map.of("seal-before", 9L, "claim-after", 1L));
      history.write(Event.CRASH_POINTS, Phase.END, "armed", "", Map.of("claim-after", 1L));
      history.write(Event.CRASH_POINTS, Phase.END, "ended", "", Map.of("claim-after", 1L));
      history.write(Event.CRASH_POINTS, Phase.END, "stopped", "", Map.of("claim-after", 2L));
      history.write(Event.CAMPAIGN, Phase.END, "postgres-staged", "CHAOS postgres lost=2");
    }
    return file;
  }

  @Test
  void aHistoryTellsTheStoryOfEachSchedule() {
    var story = CampaignStory.of(History.read(writeHistory()));

    assertThat(story.title()).isEqualTo("postgres-staged, seed 7");
    assertThat(story.schedules()).hasSize(1);
    var schedule = story.schedules().get(0);
    assertThat(schedule.number()).isEqualTo(4);
    assertThat(schedule.faults())
        .extracting(CampaignStory.FaultSpan::kind, CampaignStory.FaultSpan::outcome)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("kill-store", Phase.OK),
            org.assertj.core.groups.Tuple.tuple("crash-point", Phase.NOT_HIT));
    assertThat(schedule.epochs()).hasSize(1);
    assertThat(story.recoveries().get("kill-store").quantile(0.5)).isEqualTo(2_500);
    assertThat(story.kinds().get("crash-point")).containsExactly(Map.entry(Phase.NOT_HIT, 1));
  }

  @Test
  void aHistoryThatWasCutOffByACrashCanBeRead() throws IOException {
    var file = writeHistory();
    int whole = History.read(file).size();
    Files.writeString(file, "{\"atMs\":12,\"sch", StandardOpenOption.APPEND);

    assertThat(History.read(file)).hasSize(whole);
  }

  @Test
  void theReportsSayWhatWasFoundAndWhichPointsWereNeverHit() throws IOException {
    writeHistory();

    var page = Files.readString(ReportFiles.write(directory));

    assertThat(page)
        .contains(
            "2 after schedule 4", "<tr class=\"bad\"><td>seal-before<td>9<td>0<td>0<td>never</tr>")
        .contains("<tr><td>claim-after<td>1<td>1<td>2<td>1</tr>")
        .contains("<svg", "&lt;&amp;&gt;")
        .doesNotContain("<script", "http://", "https://", "<&>");
    assertThat(directory.resolve("report.md"))
        .content()
        .contains("| kill-store | 1 | 0 | 0 | 0 | 1 | 2.5 s | 2.5 s | 2.5 s |")
        .contains("| seal-before | 9 | 0 | 0 | **never** |")
        .contains("| 4 | lost | 2 after schedule 4 |");
  }

  @Test
  void quantilesAreValuesThatWereMeasured() {
    var recoveries = new Recoveries(List.of(5L, 1L, 3L, 2L, 4L));

    assertThat(recoveries.quantile(0.5)).isEqualTo(3);
    assertThat(recoveries.quantile(0.99)).isEqualTo(5);
    assertThat(recoveries.quantile(1)).isEqualTo(5);
    assertThat(new Recoveries(List.of()).quantile(0.5)).isZero();
  }

  @Test
  void theContractLineHasAllCountsAndIsCleanOnlyWithoutAny() {
    var clean = new CampaignResult("kafka", "staged", 3, 60, 41, Losses.NONE, 0, 0);
    var stuck = new CampaignResult("kafka", "staged", 3, 60, 41, Losses.NONE, 1, 0);
    var lossy = new CampaignResult("kafka", "peer", 3, 60, 41, new Losses(7, 1, 2, 3), 0, 0);

    assertThat(clean.line())
        .isEqualTo(
            "CHAOS kafka schedules=60 kills=41 lost=0 duplicated=0 torn=0 in-doubt=0 strategy=staged stuck=0 unexpected=0 seed=3");
    assertThat(lossy.line()).contains(" lost=7 duplicated=1 torn=2 in-doubt=3 strategy=peer ");
    assertThat(clean.isClean()).isTrue();
    assertThat(stuck.isClean()).isFalse();
    assertThat(lossy.isClean()).isFalse();
  }
}
