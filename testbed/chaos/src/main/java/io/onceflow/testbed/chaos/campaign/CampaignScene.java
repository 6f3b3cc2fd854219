package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.chaos.fault.InputActions;
import io.onceflow.testbed.chaos.fault.JobActions;
import io.onceflow.testbed.chaos.fault.NotInjectedException;
import io.onceflow.testbed.chaos.fault.Scene;
import io.onceflow.testbed.chaos.fault.Schedule;
import io.onceflow.testbed.chaos.fault.Target;
import io.onceflow.testbed.chaos.fault.Victim;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import io.onceflow.testbed.servers.ChildProcess;
import io.onceflow.testbed.servers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One fault's view of the block that its schedule runs in. Used by the fault's thread. */
final class CampaignScene implements Scene {
  private static final Duration ENDING = Duration.ofSeconds(5);
  private static final long POLL_MS = 20;

  private final BlockRun block;
  private final Schedule schedule;
  private final String kind;
  private final long windowEndNanos;

  /**
   * @param begunNanos when the schedule began, by System.nanoTime
   */
  CampaignScene(BlockRun block, Schedule schedule, String kind, long begunNanos) {
    this.block = block;
    this.schedule = schedule;
    this.kind = kind;
    this.windowEndNanos = begunNanos + schedule.window().toNanos();
  }

  @Override
  public Victim victim(Target target) {
    var running =
        block.processes().stream()
            .filter(process -> isA(process, target))
            .filter(KeptProcess::isRunning)
            .toList();
    var candidates = target == Target.TASKMANAGER ? busy(running) : running;
    if (candidates.isEmpty()) {
      throw new NotInjectedException("No %s is running at this moment.".formatted(target));
    }
    return candidates.get(schedule.number() % candidates.size());
  }

  private boolean isA(KeptProcess process, Target target) {
    return switch (target) {
      case LEADER -> isLeader(process);
      case STANDBY -> process.target() == Target.STANDBY && !isLeader(process);
      default -> process.target() == target;
    };
  }

  private boolean isLeader(KeptProcess process) {
    return block
        .cluster()
        .leaderNow()
        .filter(member -> member.name().equals(process.name()))
        .isPresent();
  }

  /** Those that have tasks of the job: a fault of another shows nothing. */
  private List<KeptProcess> busy(List<KeptProcess> taskManagers) {
    var places = block.operator().rest().taskManagersOf(block.operator().job().id());
    var busy = taskManagers.stream().filter(each -> places.contains(each.name())).toList();
    return busy.isEmpty() ? taskManagers : busy;
  }

  @Override
  public TcpProxy proxy() {
    return block.subject().proxy();
  }

  @Override
  public ControlDirectory control() {
    return block.control();
  }

  @Override
  public JobActions job() {
    return block.operator();
  }

  @Override
  public InputActions input() {
    return block.input();
  }

  @Override
  public void begun(String detail) {
    block.commits().begun(kind);
    block.history().write(Event.FAULT, Phase.INFO, kind, detail);
  }

  @Override
  public void hold(Duration lasting) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(lasting.toNanos());
  }

  @Override
  public boolean awaitHit(Duration atLeast, BooleanSupplier hit) throws InterruptedException {
    long until = Math.max(windowEndNanos, System.nanoTime() + atLeast.toNanos());
    while (!hit.getAsBoolean()) {
      if (System.nanoTime() > until) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
    return true;
  }

  @Override
  public Optional<String> awaitEnded(long pid) throws InterruptedException {
    var name = nameOf(pid);
    boolean ended = await(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    if (ended) {
      block.countKill();
    }
    return ended ? Optional.of(name) : Optional.empty();
  }

  @Override
  public Optional<String> awaitStopped(long pid) throws InterruptedException {
    var name = nameOf(pid);
    return await(() -> ChildProcess.isStopped(pid)) ? Optional.of(name) : Optional.empty();
  }

  private static boolean await(BooleanSupplier happened) throws InterruptedException {
    long until = System.nanoTime() + ENDING.toNanos();
    while (!happened.getAsBoolean()) {
      if (System.nanoTime() > until) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
    return true;
  }

  /** Asked before it is started again under another pid. */
  private String nameOf(long pid) {
    return kept(pid).map(KeptProcess::name).orElse("process " + pid);
  }

  private Optional<KeptProcess> kept(long pid) {
    return block.processes().stream().filter(process -> process.isProcess(pid)).findFirst();
  }

  @Override
  public void resume(long pid) {
    kept(pid).ifPresent(KeptProcess::resumeIfStopped);
  }
}
