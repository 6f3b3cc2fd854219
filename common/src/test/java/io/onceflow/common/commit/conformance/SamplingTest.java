package io.onceflow.common.commit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a sample leaves out, other seeds bring. */
class SamplingTest {

  private static final int STRIDE = 3;
  private static final List<Integer> ALL = IntStream.range(0, 20).boxed().toList();

  @Test
  void aStrideOfOneTakesAllCases() {
    assertThat(new Sampling(4711, 1).of("a table", ALL)).isEqualTo(ALL);
  }

  @Test
  void asManySeedsInARowAsTheStrideIsLongTakeEachCaseOnce() {
    var taken = new HashSet<Integer>();
    for (var seed = -1; seed < -1 + STRIDE; seed++) {
      var some = new Sampling(seed, STRIDE).of("a table", ALL);
      assertThat(some).hasSizeBetween(6, 7).isSorted();
      assertThat(taken).doesNotContainAnyElementsOf(some);
      taken.addAll(some);
    }
    assertThat(taken).containsExactlyInAnyOrderElementsOf(ALL);
  }

  @Test
  void campaignsOfDifferentNamesBeginAtDifferentPlaces() {
    var sampling = new Sampling(7, STRIDE);
    assertThat(ALL.stream().map(name -> sampling.first("table " + name)).distinct())
        .containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void aWalkThatIsNotThereIsRefused() {
    assertThat(Sampling.strideOf("full", STRIDE)).isEqualTo(1);
    assertThat(Sampling.strideOf("sampled", STRIDE)).isEqualTo(STRIDE);
    assertThatThrownBy(() -> Sampling.strideOf("short", STRIDE))
        .hasMessageContaining("full or sampled");
  }
}
