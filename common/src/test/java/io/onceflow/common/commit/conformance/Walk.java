package io.onceflow.common.commit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Breaks a conversation at its pieces, the first of them with number 1, until one is over before
 * its piece comes. Without knowing how many there are.
 *
 * <p>All pieces are broken with {@code -Donceflow.walk=full}, else every eighth and the last; see
 * {@link Sampling}. The seed is printed, and a failure names it and the piece.
 */
final class Walk {

  /** A conversation of a few rows takes fewer pieces than this, connecting included. */
  private static final int PIECES_LIMIT = 1_000;

  private static final int SAMPLED = 8;

  private final String name;
  private final Sampling sampling;

  /** One conversation, broken at a piece; false when it was over before that piece came. */
  interface Step {
    boolean breaksAt(int piece) throws Exception;
  }

  Walk(String name, Sampling sampling) {
    this.name = name;
    this.sampling = sampling;
  }

  /**
   * A walk as the system properties want it.
   *
   * @param name walks of different names begin at different places
   */
  static Walk of(String name) {
    return new Walk(name, Sampling.every(SAMPLED));
  }

  /** Walks to the end and checks that there was something to break. */
  void run(Step step) {
    var piece = 1 + sampling.first(name);
    System.out.printf("%s: from piece %d, %s%n", name, piece, sampling.repetition());
    while (breaks(step, piece)) {
      piece += sampling.stride();
      assertThat(piece).as("piece of %s", name).isLessThan(PIECES_LIMIT);
    }
    var last = piece - 1;
    // The end was jumped over; what comes last, mostly an answer, is what matters most.
    while (last > Math.max(0, piece - sampling.stride()) && !breaks(step, last)) {
      last--;
    }
    System.out.printf("%s: %d pieces%n", name, last);
    assertThat(last).as("pieces of %s", name).isGreaterThan(1);
  }

  private boolean breaks(Step step, int piece) {
    try {
      return step.breaksAt(piece);
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "%s failed at piece %d (%s): %s".formatted(name, piece, sampling.repetition(), e), e);
    }
  }
}
