package io.onceflow.common.commit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a walk breaks, and that it cannot end too early. */
class WalkTest {

  private static final int STRIDE = 5;

  /** The pieces that a walk over a conversation tried to break, in its order. */
  private static List<Integer> tried(long seed, int stride, int pieces) {
    var tried = new ArrayList<Integer>();
    new Walk("a walk", new Sampling(seed, stride))
        .run(
            piece -> {
              tried.add(piece);
              return piece <= pieces;
            });
    return tried;
  }

  @Test
  void aFullWalkBreaksEveryPieceInItsOrderAndGoesPastTheLast() {
    assertThat(tried(7, 1, 6)).containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 23})
  void everySampledWalkBreaksTheLastPieceAndGoesPastIt(int pieces) {
    for (var seed = -STRIDE; seed < STRIDE; seed++) {
      assertThat(tried(seed, STRIDE, pieces))
          .contains(pieces, pieces + 1)
          .allMatch(piece -> piece <= pieces + STRIDE)
          .hasSizeLessThanOrEqualTo(pieces / STRIDE + 1 + STRIDE)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void asManySeedsInARowAsAStrideIsLongBreakEveryPiece() {
    var broken = new TreeSet<Integer>();
    for (var seed = 4711; seed < 4711 + STRIDE; seed++) {
      broken.addAll(tried(seed, STRIDE, 23));
    }
    assertThat(broken).containsAll(IntStream.rangeClosed(1, 23).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, STRIDE})
  void aWalkThatBreaksNothingOrOnePieceOnlyFails(int stride) {
    for (var pieces : List.of(0, 1)) {
      assertThatThrownBy(() -> tried(3, stride, pieces))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("pieces of a walk");
    }
  }

  @Test
  void aWalkWithoutAnEndFails() {
    assertThatThrownBy(() -> tried(3, STRIDE, Integer.MAX_VALUE))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("piece of a walk");
  }

  @Test
  void aFailureNamesThePieceAndHowToRepeatIt() {
    assertThatThrownBy(() -> failing(STRIDE))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll("a walk failed at piece", "(-Donceflow.seed=3)", "row 4 is lost")
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> failing(1))
        .hasMessageContainingAll("a walk failed at piece 1", "(-Donceflow.walk=full)");
  }

  private static void failing(int stride) {
    new Walk("a walk", new Sampling(3, stride))
        .run(
            piece -> {
              throw new IllegalStateException("row 4 is lost");
            });
  }
}
