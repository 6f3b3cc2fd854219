package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.FaultKind;
import io.onceflow.testbed.chaos.fault.Terrain.Pace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a campaign is to do.
 *
 * @param subjects one after the other
 * @param seed of all schedules
 * @param first the number of the first schedule
 * @param schedules how many, for each subject
 * @param block schedules that share a job
 * @param patience how long after a schedule the job may take to commit everything
 * @param bug a defect to plant in the sink, or none; see {@link io.onceflow.testbed.chaos.job.Bug}
 * @param goesOn whether a violation is counted and the campaign goes on; so with peers always
 */
record CampaignPlan(
    List<String> subjects,
    long seed,
    int first,
    int schedules,
    int block,
    Set<FaultKind> kinds,
    Pace pace,
    Duration patience,
    String bug,
    boolean goesOn,
    Path directory) {

  /**
   * The plan for one of the subjects. The short form goes on with the numbers, so that all subjects
   * together meet all kinds; otherwise all meet the same schedules and can be compared.
   */
  CampaignPlan of(int subject) {
    int begin = pace == Pace.SHORT ? first + subject * schedules : first;
    return new CampaignPlan(
        subjects, seed, begin, schedules, block, kinds, pace, patience, bug, goesOn, directory);
  }

  /**
   * The command that replays schedules as they were.
   *
   * @param from the number of the first
   * @param count how many; they share a job
   */
  String replay(String subject, int from, int count) {
    int dash = subject.indexOf('-');
    var more = new ArrayList<>(List.of("--first " + from, "--block " + count));
    if (kinds.size() < FaultKind.values().length) {
      more.add(
          "--faults "
              + kinds.stream().sorted().map(FaultKind::text).collect(Collectors.joining(",")));
    }
    if (hasBug()) {
      more.add("--bug " + bug);
    }
    if (pace == Pace.SHORT) {
      more.add("--pace short");
    }
    more.add("--patience " + patience.toSeconds());
    return "make chaos STORE=%s STRATEGY=%s SEED=%d SCHEDULES=%d ARGS='%s'"
        .formatted(
            subject.substring(0, dash),
            subject.substring(dash + 1),
            seed,
            count,
            String.join(" ", more));
  }

  /** Whether a defect is planted, which must be found. */
  boolean hasBug() {
    return !bug.equals("none");
  }
}
