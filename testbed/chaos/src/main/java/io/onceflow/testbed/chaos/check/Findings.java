package io.onceflow.testbed.chaos.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What the oracles found, counted.
 *
 * @param lost rows that were sent and will not come any more, poison that is no dead letter (O2)
 * @param duplicated rows and dead letters beyond the first (O2)
 * @param unexpected rows that nobody sent, or not with these values; at a block's end, balances
 *     that are not what was sent (O2)
 * @param torn snapshots in which part of an epoch is visible (O4), epochs whose rows are not those
 *     that their marker counts (O5)
 * @param dirty rows that no marker covers (O6)
 * @param outOfOrder steps back within a key (O3)
 * @param inDoubt transactions that hang (O7)
 * @param illegal histories of markers that cannot be (O8), and stretches of time that nobody
 *     watched
 * @param late rows that were reported as lost and came afterwards; {@code lost} goes down by them
 * @param examples some of all that, as sentences
 */
public record Findings(
    long lost,
    long duplicated,
    long unexpected,
    long torn,
    long dirty,
    long outOfOrder,
    long inDoubt,
    long illegal,
    long late,
    List<String> examples) {

  /** Nothing was found. */
  public static final Findings NONE = new Findings(0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

  private static final int MAX_EXAMPLES = 20;

  /** Keeps a few of the examples. */
  public Findings {
    examples = examples.stream().limit(MAX_EXAMPLES).toList();
  }

  /** Whether nothing was found; a count that went down is a finding too. */
  public boolean isClean() {
    return LongStream.of(
            lost, duplicated, unexpected, torn, dirty, outOfOrder, inDoubt, illegal, late)
        .allMatch(count -> count == 0);
  }

  /** Both together. */
  public Findings plus(Findings other) {
    var both = new ArrayList<>(examples);
    both.addAll(other.examples);
    return new Findings(
        lost + other.lost,
        duplicated + other.duplicated,
        unexpected + other.unexpected,
        torn + other.torn,
        dirty + other.dirty,
        outOfOrder + other.outOfOrder,
        inDoubt + other.inDoubt,
        illegal + other.illegal,
        late + other.late,
        both);
  }

  /** As it is, but nothing of what was found earlier is forgotten; only lost rows may come yet. */
  Findings atLeast(Findings then) {
    return new Findings(
        lost,
        Math.max(duplicated, then.duplicated),
        Math.max(unexpected, then.unexpected),
        Math.max(torn, then.torn),
        Math.max(dirty, then.dirty),
        Math.max(outOfOrder, then.outOfOrder),
        Math.max(inDoubt, then.inDoubt),
        Math.max(illegal, then.illegal),
        Math.max(late, then.late),
        examples);
  }

  /** What is new since then; rows that came late make what is lost negative. */
  Findings minus(Findings then) {
    return new Findings(
        lost - then.lost,
        duplicated - then.duplicated,
        unexpected - then.unexpected,
        torn - then.torn,
        dirty - then.dirty,
        outOfOrder - then.outOfOrder,
        inDoubt - then.inDoubt,
        illegal - then.illegal,
        late - then.late,
        examples.stream().filter(one -> !then.examples.contains(one)).toList());
  }
}
