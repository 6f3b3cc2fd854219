package io.onceflow.testbed.run.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.run.check.Mistakes.Counter;
import io.onceflow.testbed.run.check.Mistakes.Kind;
import org.junit.jupiter.api.Test;

class InvariantsTest {

  @Test
  void everyKindOfMistakeCountsForOneNumberOfTheLastLine() {
    Mistakes mistakes = new Mistakes();
    for (Kind kind : Kind.values()) {
      mistakes.add(kind, kind.name());
    }
    long total = 0;
    for (Counter counter : Counter.values()) {
      assertThat(mistakes.count(counter)).isPositive();
      total += mistakes.count(counter);
    }
    assertThat(total).isEqualTo(Kind.values().length);
  }

  @Test
  void theFirstTenOfAKindAreShownAndAllAreCounted() {
    Mistakes mistakes = new Mistakes();
    for (int i = 0; i < 25; i++) {
      mistakes.add(Kind.NO_RESULT, "number " + i);
    }
    assertThat(mistakes.lines()).hasSize(12).contains("  number 9").doesNotContain("  number 10");
    assertThat(new Report(30, 5, 0, mistakes).line("ledger"))
        .isEqualTo("RUN ledger committed=5 missing=25 duplicates=0 invariants=ok in-doubt=0");
  }

  @Test
  void theTallyOfAnOffsetDoesNotDependOnOrder() {
    OffsetTally one = new OffsetTally();
    OffsetTally other = new OffsetTally();
    for (int i = 0; i < 10_000; i++) {
      one.add(i, i * 31L);
      other.add(9_999 - i, (9_999 - i) * 31L);
    }
    for (int i = 0; i < 10_000; i++) {
      assertThat(one.sum(i)).isEqualTo(other.sum(i));
      assertThat(one.count(i)).isEqualTo(1);
    }
    assertThat(one.countFrom(9_990)).isEqualTo(10);
    assertThat(one.count(20_000)).isZero();
  }
}
