package io.onceflow.testbed.chaos.fault;

import io.onceflow.common.commit.CrashPoints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One to four faults with their moments, drawn from the seed and the number alone: the same
 * schedule comes again whatever ran before.
 *
 * <p>How they are drawn: the first fault's kind is dealt from a shuffled deck of all kinds, one
 * card for each schedule, so each kind leads once in as many schedules as there are kinds. A second
 * deck, half of whose cards are the crash points and half are blank, deals whether a crash point
 * joins and which: each comes once in twice as many schedules as there are points. Then up to two
 * more kinds, each with probability 0.35, all equally likely. Two kinds of one group, which would
 * end or heal each other, do not meet. Moments are uniform in the first three quarters of the
 * window. A point of the recovery brings a kill along, as else nothing would recover.
 *
 * @param number from 0
 * @param window from the first moment to the end of the last chance of what is armed
 * @param faults in the order of their moments
 */
public record Schedule(long seed, int number, Duration window, List<Planned> faults) {
  private static final double MORE_CHANCE = 0.35;
  private static final int MOST = 4;

  /**
   * A fault and its moment.
   *
   * @param at since the schedule's begin
   */
  public record Planned(Duration at, Fault fault) {

    /** For logs: the moment, the kind and the parameters. */
    public String text() {
      return "%.1f s %s (%s)".formatted(at.toMillis() / 1e3, fault.kind().text(), fault.text());
    }
  }

  public Schedule {
    faults = List.copyOf(faults);
  }

  /** Draws the schedule of a number. */
  public static Schedule draw(long seed, int number, Terrain terrain) {
    var dice = new Dice(seed, number, terrain);
    var window = dice.millis(terrain.pace().shortestWindowMs(), terrain.pace().longestWindowMs());
    var planned =
        kinds(dice, terrain).stream()
            .map(kind -> kind.draw(dice))
            .map(fault -> new Planned(moment(fault, dice, window), fault))
            .toList();
    var faults = new ArrayList<>(planned);
    planned.stream()
        .map(each -> ending(each, dice))
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(faults::add);
    faults.sort(Comparator.comparing(Planned::at));
    return new Schedule(seed, number, window, faults);
  }

  private static List<FaultKind> kinds(Dice dice, Terrain terrain) {
    var all =
        Arrays.stream(FaultKind.values())
            .filter(terrain.kinds()::contains)
            .filter(kind -> kind.fits(terrain))
            .toList();
    var drawn = new ArrayList<FaultKind>();
    drawn.add(dice.dealt(all));
    if (all.contains(FaultKind.CRASH_POINT) && dice.crashPoint().isPresent()) {
      addUnlessColliding(drawn, FaultKind.CRASH_POINT);
    }
    while (drawn.size() < MOST && dice.chance(MORE_CHANCE)) {
      addUnlessColliding(drawn, dice.pick(all));
    }
    return drawn;
  }

  private static void addUnlessColliding(List<FaultKind> drawn, FaultKind kind) {
    if (drawn.stream().noneMatch(kind::collidesWith)) {
      drawn.add(kind);
    }
  }

  /** What is armed is armed at once, so that its step comes by within the window. */
  private static Duration moment(Fault fault, Dice dice, Duration window) {
    int latest = (int) (window.toMillis() * 3 / 4);
    return fault instanceof ArmedFault ? dice.millis(0, 500) : dice.millis(200, latest);
  }

  /**
   * What makes a job pass a point of its recovery: a TaskManager that ends, and right after a
   * transaction was prepared if it is to become an orphan.
   */
  private static Optional<Planned> ending(Planned planned, Dice dice) {
    if (!(planned.fault() instanceof ArmedFault.CrashPoint point) || !point.isOfRecovery()) {
      return Optional.empty();
    }
    var at = planned.at().plus(dice.millis(200, 900));
    var fault =
        point.isOfOrphan()
            ? new ArmedFault.CrashPoint(FaultKind.ORPHAN, CrashPoints.PREPARE_AFTER, Duration.ZERO)
            : FaultKind.KILL_TASKMANAGER.draw(dice);
    return Optional.of(new Planned(at, fault));
  }

  /** For logs: all faults on one line. */
  public String text() {
    return String.join("; ", faults.stream().map(Planned::text).toList());
  }
}
