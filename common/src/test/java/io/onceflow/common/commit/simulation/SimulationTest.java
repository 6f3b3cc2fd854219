package io.onceflow.common.commit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * The protocols under random schedules. {@code -Donceflow.sim.seeds=N} runs more of them, {@code
 * -Donceflow.sim.first=S} begins at another seed; a failure names its seed.
 */
class SimulationTest {

  private static final long SEEDS = Long.getLong("onceflow.sim.seeds", 1_000);
  private static final long FIRST = Long.getLong("onceflow.sim.first", 1);
  private static final int SEEDS_PER_DEFECT = 20_000;

  private static long stranded;
  private static long helped;

  @BeforeAll
  static void everyCrashPointIsAStep() {
    Configurator.setLevel("io.onceflow", Level.OFF);
    CrashPoints.all().forEach(point -> CrashPoints.arm(point, () -> Strand.reach(point, false)));
  }

  @AfterAll
  static void disarm() {
    CrashPoints.disarmAll();
    Configurator.setLevel("io.onceflow", Level.ERROR);
  }

  @Test
  void everyInputIsInOneCommittedEpochUnderAnySchedule() {
    var startedNs = System.nanoTime();
    var events = 0L;
    stranded = 0;
    helped = 0;
    for (var seed = FIRST; seed < FIRST + SEEDS; seed++) {
      events += run(seed, Set.of());
    }
    var seconds = (System.nanoTime() - startedNs) / 1e9;
    System.out.println(
        "%d schedules, %d events in %.1f s: %.0f schedules/s, %.1f million a day; %d were left stranded, %d needed a hand"
            .formatted(
                SEEDS,
                events,
                seconds,
                SEEDS / seconds,
                SEEDS / seconds * 86_400 / 1e6,
                stranded,
                helped));
    assertThat(events).isPositive();
  }

  @Test
  void aSeedGivesTheSameScheduleAgain() {
    assertThat(traceOf(4711)).hasSizeGreaterThan(100).isEqualTo(traceOf(4711));
  }

  @ParameterizedTest
  @EnumSource(value = Defect.class, mode = Mode.EXCLUDE, names = "NO_FENCE")
  void aRuleThatIsLeftOutIsNoticed(Defect defect) {
    for (var seed = 1L; seed <= SEEDS_PER_DEFECT; seed++) {
      try {
        run(seed, EnumSet.of(defect));
      } catch (Violation e) {
        System.out.printf(
            "%s: seed %d: %s%n", defect, seed, e.getMessage().lines().findFirst().orElse(""));
        return;
      }
    }
    throw new AssertionError(
        "%s was not noticed in %d schedules.".formatted(defect, SEEDS_PER_DEFECT));
  }

  /** Two rules stand behind each other here: the owner is told earlier and in clearer words. */
  @Test
  void withOneGathererTheChainAloneKeepsReplacedRunsOut() {
    for (var seed = 1L; seed <= 300; seed++) {
      run(seed, EnumSet.of(Defect.NO_FENCE));
    }
  }

  private static List<String> traceOf(long seed) {
    try (var simulation = new Simulation(seed, Set.of())) {
      simulation.run();
      return simulation.trace();
    }
  }

  private static int run(long seed, Set<Defect> defects) {
    try (var simulation = new Simulation(seed, defects)) {
      simulation.run();
      stranded += simulation.isStranded() ? 1 : 0;
      helped += simulation.wasHelped() ? 1 : 0;
      return simulation.events();
    }
  }
}
