package io.onceflow.testbed.chaos.fault;

import java.util.List;
import java.util.Set;

/**
 * What there is to break; a schedule is drawn for it.
 *
 * @param crashPoints the points that the job's strategy passes, the coordinator's not among them
 * @param commitSteps the messages by which the store commits
 * @param checkpoints the directory of checkpoints
 * @param segments the directory of segments; empty when the job has none
 * @param kinds the kinds that are drawn from, the same for all subjects of a campaign
 * @param impossible those of them that cannot be injected here; they are drawn and dropped
 * @param pace how long things take
 */
public record Terrain(
    List<String> crashPoints,
    List<CommitStep> commitSteps,
    String checkpoints,
    String segments,
    Set<FaultKind> kinds,
    Set<FaultKind> impossible,
    Pace pace) {

  /** How much time a schedule takes. */
  public enum Pace {
    /** Windows of 4 to 8 s, pauses up to 15 s. */
    FULL(4_000, 8_000, 15_000),
    /** Windows of 3 to 5 s, pauses up to 5 s. */
    SHORT(3_000, 5_000, 5_000);

    private final int shortestWindowMs;
    private final int longestWindowMs;
    private final int longestPauseMs;

    Pace(int shortestWindowMs, int longestWindowMs, int longestPauseMs) {
      this.shortestWindowMs = shortestWindowMs;
      this.longestWindowMs = longestWindowMs;
      this.longestPauseMs = longestPauseMs;
    }

    int shortestWindowMs() {
      return shortestWindowMs;
    }

    int longestWindowMs() {
      return longestWindowMs;
    }

    int longestPauseMs() {
      return longestPauseMs;
    }
  }

  public Terrain {
    crashPoints = List.copyOf(crashPoints);
    commitSteps = List.copyOf(commitSteps);
    kinds = Set.copyOf(kinds);
    impossible = Set.copyOf(impossible);
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException(
          "No kind of fault is left to draw; name others with --faults.");
    }
  }
}
