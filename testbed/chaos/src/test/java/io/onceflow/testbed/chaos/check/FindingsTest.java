package io.onceflow.testbed.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FindingsTest {

  private static final Findings ONE_LOST = new Findings(1, 0, 0, 0, 0, 0, 0, 0, 0, List.of("lost"));
  private static final Findings TWO_DIRTY =
      new Findings(0, 0, 0, 0, 2, 0, 0, 0, 0, List.of("dirty"));

  @Test
  void findingsDoNotCancelOut() {
    var oneMoreAndOneLess = new Findings(-1, 0, 0, 0, 1, 0, 0, 0, 0, List.of());
    assertThat(oneMoreAndOneLess.isClean()).isFalse();
    assertThat(Findings.NONE.isClean()).isTrue();
  }

  @Test
  void whatIsGoneLaterStaysFound() {
    var total = Findings.NONE.atLeast(TWO_DIRTY);
    assertThat(total.dirty()).isEqualTo(2);
    assertThat(total.minus(TWO_DIRTY).dirty()).isZero();
  }

  @Test
  void aRowThatComesLateIsLostNoMoreAndStillNotClean() {
    var cameLate = new Findings(0, 0, 0, 0, 0, 0, 0, 0, 1, List.of()).atLeast(ONE_LOST);
    var sum = ONE_LOST.plus(cameLate.minus(ONE_LOST));
    assertThat(sum.lost()).isZero();
    assertThat(sum.late()).isEqualTo(1);
    assertThat(sum.isClean()).isFalse();
  }
}
