package io.onceflow.testbed.chaos.fault;

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
 * card for each schedule, so each kind leads once in as many schedules as there are kinds. A crash
 * point joins one of each two schedules; a second deck deals which: each comes once in twice as
 * many schedules as there are points. Then up to two more kinds, each with probability 0.35, all
 * equally likely. Two kinds of one group, which would end or heal each other, do not meet. Moments
 * are uniform in the first three quarters of the window. A point of the recovery brings a kill
 * along, as else nothing would recover.
 *
 * <p>Kinds are drawn whatever the terrain is, and the parameters of each from a seed of its own:
 * all subjects meet the same faults at the same moments, but for the steps of their own protocols.
 * What a terrain does not have is dropped afterwards and named in {@link #notApplicable}.
 *
 * @param number from 0
 * @param window from the first moment to the end of the last chance of what is armed
 * @param faults in the order of their moments
 * @param notApplicable the kinds that were drawn and that the terrain has no place for
 */
public record Schedule(
    long seed, int number, Duration window, List<Planned> faults, List<FaultKind> notApplicable) {
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
    notApplicable = List.copyOf(notApplicable);
  }

  /** Draws the schedule of a number. */
  public static Schedule draw(long seed, int number, Terrain terrain) {
    var dice = new Dice(seed, number, terrain);
    var window = dice.millis(terrain.pace().shortestWindowMs(), terrain.pace().longestWindowMs());
    var faults = new ArrayList<Planned>();
    var notApplicable = new ArrayList<FaultKind>();
    for (var kind : kinds(dice, terrain)) {
      kind.draw(dice)
          .ifPresentOrElse(
              fault ->
                  add(
                      faults,
                      new Planned(
                          moment(fault, dice.of("moment of " + kind.text()), window), fault)),
              () -> notApplicable.add(kind));
    }
    List.copyOf(faults).stream()
        .map(each -> ending(each, dice))
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(ending -> add(faults, ending));
    faults.sort(Comparator.comparing(Planned::at));
    return new Schedule(seed, number, window, faults, notApplicable);
  }

  /** Each kind and each point once: two that wait for one thing would count it twice. */
  private static void add(List<Planned> faults, Planned more) {
    if (faults.stream().noneMatch(each -> isSame(each.fault(), more.fault()))) {
      faults.add(more);
    }
  }

  private static boolean isSame(Fault one, Fault other) {
    return one.kind() == other.kind()
        || (one instanceof ArmedFault.CrashPoint point
            && other instanceof ArmedFault.CrashPoint second
            && point.point().equals(second.point()));
  }

  private static List<FaultKind> kinds(Dice dice, Terrain terrain) {
    var all = Arrays.stream(FaultKind.values()).filter(terrain.kinds()::contains).toList();
    var drawn = new ArrayList<FaultKind>();
    drawn.add(dice.dealt(all));
    if (all.contains(FaultKind.CRASH_POINT) && dice.crashPointJoins()) {
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
    var at = planned.at().plus(dice.of("ending").millis(200, 900));
    return (point.isOfOrphan() ? FaultKind.ORPHAN : FaultKind.KILL_TASKMANAGER)
        .draw(dice)
        .map(fault -> new Planned(at, fault));
  }

  /** For logs: all faults on one line. */
  public String text() {
    var texts = new ArrayList<>(faults.stream().map(Planned::text).toList());
    notApplicable.forEach(kind -> texts.add(kind.text() + " (not applicable)"));
    return String.join("; ", texts);
  }
}
