package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.producer.wire.SequenceRange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SequenceSetTest {

  @Test
  void itHoldsWhatABitSetHolds() {
    for (int seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      SequenceSet here = SequenceSet.EMPTY;
      SequenceSet there = SequenceSet.EMPTY;
      BitSet modelHere = new BitSet();
      BitSet modelThere = new BitSet();
      for (int i = 0; i < 60; i++) {
        int number = 1 + random.nextInt(40);
        int act = random.nextInt(4);
        here = act == 0 ? here.without(number) : act < 3 ? here.with(number) : here;
        there = act == 3 ? there.with(number) : there;
        modelHere.set(number, act == 0 ? false : act < 3 || modelHere.get(number));
        modelThere.set(number, act == 3 || modelThere.get(number));
        assertThat(numbers(here.ranges())).as("seed %d", seed).isEqualTo(bits(modelHere));
        assertThat(here.contiguous()).isEqualTo(modelHere.nextClearBit(1) - 1);
        BitSet missing = new BitSet();
        missing.set(1, 36);
        missing.andNot(modelHere);
        missing.andNot(modelThere);
        assertThat(numbers(here.missing(there, 35))).as("seed %d", seed).isEqualTo(bits(missing));
      }
    }
  }

  @Test
  void beyondItsRangesItForgetsTheHighest() {
    SequenceSet set = SequenceSet.EMPTY;
    for (long number = 2; number <= 2L * SequenceSet.MAX_RANGES + 20; number += 2) {
      set = set.with(number);
    }
    assertThat(set.ranges()).hasSize(SequenceSet.MAX_RANGES);
    assertThat(set.contains(2)).isTrue();
    assertThat(set.contains(2L * SequenceSet.MAX_RANGES + 20)).isFalse();
  }

  private static List<Long> numbers(List<SequenceRange> ranges) {
    List<Long> numbers = new ArrayList<>();
    for (SequenceRange range : ranges) {
      for (long number = range.first(); number <= range.last(); number++) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  private static List<Long> bits(BitSet set) {
    return set.stream().asLongStream().boxed().toList();
  }
}
