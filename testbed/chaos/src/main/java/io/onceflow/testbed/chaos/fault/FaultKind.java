package io.onceflow.testbed.chaos.fault;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.disk.CoordinatorPoints;
import io.onceflow.testbed.chaos.disk.DiskTrouble;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;

/** All kinds of faults, each with the way its parameters are drawn. */
public enum FaultKind {
  KILL_TASKMANAGER(Group.TASKMANAGER, kill(Target.TASKMANAGER)),
  KILL_LEADER(Group.LEADER, kill(Target.LEADER)),
  KILL_STANDBY(Group.STANDBY, kill(Target.STANDBY)),
  KILL_ZOOKEEPER(Group.ZOOKEEPER, kill(Target.ZOOKEEPER)),
  KILL_STORE(Group.STORE, kill(Target.STORE)),
  KILL_BROKER(Group.BROKER, kill(Target.BROKER)),
  PAUSE_TASKMANAGER(Group.TASKMANAGER, pause(Target.TASKMANAGER)),
  PAUSE_LEADER(Group.LEADER, pause(Target.LEADER)),
  PAUSE_STANDBY(Group.STANDBY, pause(Target.STANDBY)),
  PAUSE_ZOOKEEPER(Group.ZOOKEEPER, pause(Target.ZOOKEEPER)),
  PAUSE_STORE(Group.STORE, pause(Target.STORE)),
  PAUSE_BROKER(Group.BROKER, pause(Target.BROKER)),
  ZOMBIE(Group.TASKMANAGER, (kind, dice) -> new MemberFault.Zombie(kind, Duration.ofSeconds(25))),
  CLOCK_SKEW(
      Group.TASKMANAGER,
      (kind, dice) ->
          new MemberFault.SkewedClock(
              kind,
              dice.pick(List.of(Target.TASKMANAGER, Target.TASKMANAGER, Target.STANDBY)),
              Duration.ofHours(dice.chance(0.5) ? 1 : -1))),
  CUT_STORE(Group.CONNECTION, (kind, dice) -> new ConnectionFault.Cut(kind, TcpProxy.Cut.FIN)),
  RESET_STORE(Group.CONNECTION, (kind, dice) -> new ConnectionFault.Cut(kind, TcpProxy.Cut.RST)),
  REFUSE_STORE(
      Group.CONNECTION, (kind, dice) -> new ConnectionFault.Refuse(kind, dice.millis(300, 4_000))),
  DELAY_STORE(
      Group.CONNECTION,
      (kind, dice) ->
          new ConnectionFault.Delay(
              kind,
              dice.pick(List.of(Direction.values())),
              dice.millis(20, 400),
              dice.millis(1_000, 4_000))),
  LOSE_REQUESTS(Group.CONNECTION, lose(Direction.CLIENT_TO_SERVER)),
  LOSE_REPLIES(Group.CONNECTION, lose(Direction.SERVER_TO_CLIENT)),
  LOST_REPLY(
      Group.CONNECTION,
      (kind, dice) -> new ArmedFault.LostReply(kind, dice.dealt(dice.terrain().commitSteps()))),
  CUT_AT_COMMIT(
      Group.CONNECTION,
      (kind, dice) -> new ArmedFault.CutAt(kind, dice.dealt(dice.terrain().commitSteps()))),
  CRASH_POINT(
      Group.CRASH_POINT,
      (kind, dice) ->
          new ArmedFault.CrashPoint(
              kind, dice.crashPoint(), dice.chance(0.75) ? Duration.ZERO : dice.pause())),
  /** A TaskManager halts right after it has prepared a transaction, which nobody knows then. */
  ORPHAN(
      Group.TASKMANAGER,
      (kind, dice) -> new ArmedFault.CrashPoint(kind, CrashPoints.PREPARE_AFTER, Duration.ZERO)),
  CRASH_COORDINATOR(
      Group.LEADER,
      (kind, dice) ->
          new ArmedFault.CrashPoint(kind, dice.dealt(CoordinatorPoints.all()), Duration.ZERO)),
  SLOW_DISK(
      Group.DISK,
      (kind, dice) -> disk(kind, dice, under -> DiskTrouble.slow(under, dice.millis(50, 1_500)))),
  FULL_DISK(Group.DISK, (kind, dice) -> disk(kind, dice, DiskTrouble::full)),
  BROKEN_DISK(Group.DISK, (kind, dice) -> disk(kind, dice, DiskTrouble::broken)),
  CHECKPOINT_STORM(
      Group.STORM,
      (kind, dice) -> new JobFault.Storm(kind, dice.between(5, 25), dice.chance(0.25))),
  RESCALE(Group.JOB, (kind, dice) -> new JobFault.Rescale(kind, dice.between(1, 4))),
  RESTORE_CHECKPOINT(
      Group.JOB, (kind, dice) -> new JobFault.Restore(kind, dice.chance(0.5), dice.between(1, 4))),
  POISON(Group.INPUT, (kind, dice) -> new InputFault.Poison(kind, dice.between(1, 20))),
  DUPLICATES(Group.INPUT, (kind, dice) -> new InputFault.Duplicates(kind, dice.between(1, 50)));

  /** Kinds that would end or heal each other; a schedule has at most one of each group. */
  private enum Group {
    TASKMANAGER,
    LEADER,
    STANDBY,
    ZOOKEEPER,
    STORE,
    BROKER,
    CONNECTION,
    CRASH_POINT,
    DISK,
    STORM,
    JOB,
    INPUT
  }

  private interface Trouble {
    DiskTrouble under(String directory);
  }

  private final Group group;
  private final BiFunction<FaultKind, Dice, Fault> drawing;

  FaultKind(Group group, BiFunction<FaultKind, Dice, Fault> drawing) {
    this.group = group;
    this.drawing = drawing;
  }

  /** The name for options, logs and reports. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The kind of a name.
   *
   * @throws IllegalArgumentException when there is none; the message lists them
   */
  public static FaultKind of(String text) {
    return Arrays.stream(values())
        .filter(kind -> kind.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\"%s\" is no kind of fault; there are %s."
                        .formatted(
                            text,
                            String.join(
                                ", ", Arrays.stream(values()).map(FaultKind::text).toList()))));
  }

  /** Whether one would end or heal the other. */
  boolean collidesWith(FaultKind other) {
    return group == other.group;
  }

  /** Draws its parameters; nothing when the terrain does not have what it needs. */
  Optional<Fault> draw(Dice dice) {
    return fits(dice.terrain())
        ? Optional.of(drawing.apply(this, dice.of(text()))).filter(FaultKind::hasPlace)
        : Optional.empty();
  }

  private boolean fits(Terrain terrain) {
    return !terrain.impossible().contains(this)
        && switch (this) {
          case CRASH_POINT -> !terrain.crashPoints().isEmpty();
          case ORPHAN -> terrain.crashPoints().contains(CrashPoints.PREPARE_AFTER);
          case LOST_REPLY, CUT_AT_COMMIT -> !terrain.commitSteps().isEmpty();
          default -> true;
        };
  }

  /** Not every job has segments; which disk it would have been is drawn all the same. */
  private static boolean hasPlace(Fault fault) {
    return !(fault instanceof DiskFault disk) || !disk.trouble().under().isEmpty();
  }

  private static BiFunction<FaultKind, Dice, Fault> kill(Target target) {
    return (kind, dice) -> new MemberFault.Kill(kind, target, dice.down());
  }

  private static BiFunction<FaultKind, Dice, Fault> pause(Target target) {
    return (kind, dice) -> new MemberFault.Pause(kind, target, dice.pause());
  }

  private static BiFunction<FaultKind, Dice, Fault> lose(Direction direction) {
    return (kind, dice) -> new ConnectionFault.Lose(kind, direction, dice.millis(500, 5_000));
  }

  private static Fault disk(FaultKind kind, Dice dice, Trouble trouble) {
    var terrain = dice.terrain();
    boolean checkpoints = dice.chance(0.5);
    return new DiskFault(
        kind,
        checkpoints ? "checkpoints" : "segments",
        trouble.under(checkpoints ? terrain.checkpoints() : terrain.segments()),
        dice.millis(500, 4_000));
  }
}
