package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.check.Mistakes.Counter;

/**
 * What the final check found.
 *
 * @param sent commands in the input topic
 * @param committed commands whose results are all committed
 * @param deadLetters commands that were refused as dead letters
 * @param mistakes everything that is wrong
 */
public record Report(long sent, long committed, long deadLetters, Mistakes mistakes) {

  /** Whether nothing is wrong. */
  public boolean ok() {
    return mistakes.isEmpty();
  }

  /** The last line of a run, without what a run may add to it. */
  public String line(String job) {
    return "RUN %s committed=%d missing=%d duplicates=%d invariants=%s in-doubt=%d"
        .formatted(
            job,
            committed,
            mistakes.count(Counter.MISSING),
            mistakes.count(Counter.DUPLICATES),
            mistakes.count(Counter.INVARIANTS) == 0 ? "ok" : "broken",
            mistakes.count(Counter.IN_DOUBT));
  }
}
