package io.onceflow.testbed.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.fault.Terrain.Pace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final long SEED = 42;
  private static final Set<FaultKind> ALL = EnumSet.allOf(FaultKind.class);

  private static Terrain terrain(Set<FaultKind> kinds, Pace pace) {
    return new Terrain(
        List.copyOf(CrashPoints.all()),
        List.of(CommitStep.statement("COMMIT"), CommitStep.statement("PREPARE TRANSACTION")),
        "/checkpoints",
        "/segments",
        kinds,
        Set.of(),
        pace);
  }

  private static Stream<Schedule> schedules(int count, Terrain terrain) {
    return IntStream.range(0, count).mapToObj(number -> Schedule.draw(SEED, number, terrain));
  }

  @Test
  void theSameSeedAndNumberGiveTheSameSchedule() {
    var forwards = schedules(100, terrain(ALL, Pace.FULL)).toList();
    var backwards = new ArrayList<Schedule>();
    for (int number = 99; number >= 0; number--) {
      backwards.add(0, Schedule.draw(SEED, number, terrain(ALL, Pace.FULL)));
    }

    assertThat(backwards).isEqualTo(forwards);
    assertThat(Schedule.draw(SEED + 1, 0, terrain(ALL, Pace.FULL))).isNotEqualTo(forwards.get(0));
  }

  @Test
  void everyKindLeadsWithinAsManySchedulesAsThereAreKinds() {
    var drawn = EnumSet.noneOf(FaultKind.class);

    schedules(ALL.size(), terrain(ALL, Pace.FULL))
        .forEach(schedule -> schedule.faults().forEach(each -> drawn.add(each.fault().kind())));

    assertThat(drawn).isEqualTo(ALL);
  }

  @Test
  void everyCrashPointIsDrawnWithinTwiceAsManySchedulesAsThereAreOfThem() {
    var points = new HashSet<String>();

    schedules(2 * CrashPoints.all().size(), terrain(ALL, Pace.FULL))
        .flatMap(schedule -> schedule.faults().stream())
        .map(Schedule.Planned::fault)
        .filter(ArmedFault.CrashPoint.class::isInstance)
        .forEach(fault -> points.add(((ArmedFault.CrashPoint) fault).point()));

    assertThat(points).containsAll(CrashPoints.all());
  }

  @Test
  void aScheduleHasAFewFaultsThatDoNotCollideWithinItsWindow() {
    schedules(1_000, terrain(ALL, Pace.SHORT))
        .forEach(
            schedule -> {
              // One more may come along as the kill of a point of the recovery.
              assertThat(schedule.faults()).hasSizeBetween(1, 5);
              assertThat(schedule.window().toMillis()).isBetween(3_000L, 5_000L);
              assertThat(schedule.faults())
                  .allMatch(each -> each.at().compareTo(schedule.window()) < 0);
              assertNoCollision(schedule);
            });
  }

  private static void assertNoCollision(Schedule schedule) {
    // What brings a recovery about comes along whatever else there is.
    var kinds =
        schedule.faults().stream()
            .map(each -> each.fault().kind())
            .filter(kind -> kind != FaultKind.KILL_TASKMANAGER && kind != FaultKind.ORPHAN)
            .toList();
    for (int i = 0; i < kinds.size(); i++) {
      var kind = kinds.get(i);
      assertThat(kinds.subList(i + 1, kinds.size()))
          .as(schedule.text())
          .noneMatch(kind::collidesWith);
    }
  }

  /** What Flink's own sink offers: no points, no segments, other steps, and no other clock. */
  private static Terrain peer() {
    return new Terrain(
        List.of(),
        List.of(CommitStep.request("EndTxn")),
        "/checkpoints",
        "",
        ALL,
        Set.of(FaultKind.CLOCK_SKEW),
        Pace.FULL);
  }

  @Test
  void allSubjectsMeetTheSameFaultsButForTheStepsOfTheirProtocols() {
    var own = EnumSet.of(FaultKind.LOST_REPLY, FaultKind.CUT_AT_COMMIT, FaultKind.CLOCK_SKEW);
    for (int number = 0; number < 1_000; number++) {
      var ours = Schedule.draw(SEED, number, terrain(ALL, Pace.FULL));
      var theirs = Schedule.draw(SEED, number, peer());
      var common =
          theirs.faults().stream().filter(each -> !own.contains(each.fault().kind())).toList();

      assertThat(theirs.window()).isEqualTo(ours.window());
      assertThat(ours.faults()).as(ours.text()).containsAll(common);
      // Whatever only ours meet needs what a peer does not have, or goes with such a fault.
      assertThat(ours.faults().stream().filter(each -> !common.contains(each)))
          .as(ours.text())
          .allMatch(
              each ->
                  own.contains(each.fault().kind())
                      || theirs.notApplicable().contains(each.fault().kind())
                      || each.fault().kind() == FaultKind.ORPHAN
                      || each.fault().kind() == FaultKind.KILL_TASKMANAGER);
    }
  }

  @Test
  void whatATerrainDoesNotHaveIsDroppedAndNamed() {
    var dropped = EnumSet.noneOf(FaultKind.class);

    schedules(200, peer())
        .forEach(
            schedule -> {
              dropped.addAll(schedule.notApplicable());
              assertThat(schedule.faults())
                  .noneMatch(
                      each ->
                          each.fault() instanceof ArmedFault.CrashPoint crash
                              && crash.kind() != FaultKind.CRASH_COORDINATOR)
                  .noneMatch(
                      each ->
                          each.fault() instanceof DiskFault disk
                              && disk.place().equals("segments"));
            });

    assertThat(dropped)
        .contains(
            FaultKind.CRASH_POINT, FaultKind.ORPHAN, FaultKind.CLOCK_SKEW, FaultKind.FULL_DISK)
        .doesNotContain(FaultKind.KILL_STORE, FaultKind.LOST_REPLY);
  }

  @Test
  void noScheduleWaitsForOnePointTwice() {
    schedules(1_000, terrain(ALL, Pace.FULL))
        .forEach(
            schedule -> {
              var faults = schedule.faults().stream().map(Schedule.Planned::fault).toList();
              assertThat(faults).extracting(Fault::kind).doesNotHaveDuplicates();
              assertThat(faults.stream().filter(ArmedFault.CrashPoint.class::isInstance))
                  .extracting(fault -> ((ArmedFault.CrashPoint) fault).point())
                  .doesNotHaveDuplicates();
            });
  }

  @Test
  void onlyKindsThatAreAskedForAreDrawn() {
    var wanted = EnumSet.of(FaultKind.KILL_STORE, FaultKind.RESCALE);

    assertThat(schedules(200, terrain(wanted, Pace.FULL)))
        .flatExtracting(Schedule::faults)
        .extracting(each -> each.fault().kind())
        .isSubsetOf(wanted);
  }

  @Test
  void theDistributionIsTheOneThatIsStated() {
    int crashes = 0;
    int faults = 0;
    int count = 5_000;
    for (var schedule : schedules(count, terrain(ALL, Pace.FULL)).toList()) {
      faults += schedule.faults().size();
      crashes +=
          schedule.faults().stream().anyMatch(each -> each.fault().kind() == FaultKind.CRASH_POINT)
              ? 1
              : 0;
    }

    assertThat((double) crashes / count).isBetween(0.48, 0.56);
    assertThat((double) faults / count).isBetween(1.7, 2.3);
  }

  @Test
  void everyKindIsInTheDocument() throws IOException {
    assertThat(Path.of("../../docs/chaos.md"))
        .content()
        .contains(ALL.stream().map(kind -> "`" + kind.text() + "`").toList());
  }
}
