package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.chaos.report.CampaignResult;
import io.onceflow.testbed.chaos.report.CampaignResult.Losses;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.util.Map;

/** What the oracles of one campaign have found. Used by one thread. */
final class Verdicts {
  private final History history;
  private final Progress progress;
  private Findings total = Findings.NONE;
  private int stuck;

  Verdicts(History history, Progress progress) {
    this.history = history;
    this.progress = progress;
  }

  /** Counts what a schedule or a block's end has shown; true when that is nothing. */
  boolean note(int schedule, Findings found) {
    total = total.plus(found);
    if (found.isClean()) {
      return true;
    }
    count(schedule, "lost", found.lost());
    count(schedule, "duplicated", found.duplicated());
    count(schedule, "unexpected", found.unexpected());
    count(schedule, "torn", found.torn());
    count(schedule, "dirty", found.dirty());
    count(schedule, "out of order", found.outOfOrder());
    count(schedule, "in doubt", found.inDoubt());
    count(schedule, "illegal history", found.illegal());
    found.examples().forEach(example -> write("example", example, Map.of()));
    return false;
  }

  private void count(int schedule, String what, long number) {
    if (number != 0) {
      write(what, "%d after schedule %d".formatted(number, schedule), Map.of("count", number));
    }
  }

  /** Counts a job that did not come back. */
  void stuck(int schedule, String why) {
    stuck++;
    write("stuck", "after schedule %d: %s".formatted(schedule, why), Map.of("count", 1L));
  }

  private void write(String what, String detail, Map<String, Long> numbers) {
    progress.line("VIOLATION %s: %s".formatted(what, detail));
    history.write(Event.FINDING, Phase.FAIL, what, detail, numbers);
  }

  boolean isViolated() {
    return stuck > 0 || !total.isClean();
  }

  CampaignResult result(String subject, long seed, int schedules, long kills) {
    int dash = subject.indexOf('-');
    return new CampaignResult(
        subject.substring(0, dash),
        subject.substring(dash + 1),
        seed,
        schedules,
        kills,
        new Losses(total.lost(), total.duplicated(), total.torn(), total.inDoubt()),
        stuck,
        total.unexpected() + total.dirty() + total.outOfOrder() + total.illegal());
  }
}
