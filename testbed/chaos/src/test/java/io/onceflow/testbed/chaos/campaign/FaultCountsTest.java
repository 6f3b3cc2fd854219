package io.onceflow.testbed.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import org.junit.jupiter.api.Test;

class FaultCountsTest {

  private static FaultCounts counts(int injected, int notHit, int failed) {
    var counts = new FaultCounts();
    note(counts, Phase.OK, injected);
    note(counts, Phase.NOT_HIT, notHit);
    note(counts, Phase.FAIL, failed);
    counts.note(Phase.NOT_APPLICABLE);
    return counts;
  }

  private static void note(FaultCounts counts, Phase phase, int times) {
    for (int i = 0; i < times; i++) {
      counts.note(phase);
    }
  }

  @Test
  void threeSchedulesWithoutAFaultProveNothing() {
    assertThat(counts(0, 4, 0).defect(3)).contains("No fault was injected in 3 schedules.");
    assertThat(counts(0, 4, 0).defect(2)).isEmpty();
    assertThat(counts(1, 4, 0).defect(3)).isEmpty();
  }

  @Test
  void moreThanAThirdThatFailsProvesNothing() {
    assertThat(counts(4, 2, 3).defect(5)).isEmpty();
    assertThat(counts(4, 2, 4).defect(5))
        .hasValueSatisfying(why -> assertThat(why).contains("4 of 10"));
  }

  @Test
  void theContractLineEndsWithAllFour() {
    assertThat(counts(3, 2, 1).text()).isEqualTo("injected=3 not-hit=2 failed=1 not-applicable=1");
  }
}
