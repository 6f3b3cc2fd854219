package io.onceflow.common.commit.simulation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * One submission: Flink's checkpoint coordinator and the attempts of its regions. A checkpoint is
 * triggered only when all tasks run, decided when its store knows it, and told to each task or not.
 * A failed attempt restarts from the newest checkpoint that the store knows.
 */
final class SimulatedJob {

  private final Simulation simulation;
  private final String name;
  private final Checkpoint restoredFrom;
  private final List<List<MemoryStore>> regions;
  private final Map<MemoryStore, SinkAttempt> attempts = new LinkedHashMap<>();
  private final Map<MemoryStore, String> runIds = new HashMap<>();
  private final List<SinkAttempt> zombies = new ArrayList<>();
  private final List<Notification> undelivered = new ArrayList<>();

  private Checkpoint latest;
  private int completed;
  private Pending pending;
  private long nextId;
  private boolean alive = true;
  private String failure;

  /** A checkpoint under way. */
  private record Pending(long id, boolean savepoint, Map<String, Checkpoint.SinkState> acks) {}

  /** Word of a completed checkpoint on its way to a task. */
  private record Notification(SinkAttempt attempt, long checkpointId) {}

  SimulatedJob(
      Simulation simulation, String name, Checkpoint from, List<List<MemoryStore>> regions) {
    this.simulation = simulation;
    this.name = name;
    this.restoredFrom = from;
    this.latest = from;
    this.nextId = from == null ? 1 : from.id() + 1;
    this.regions = regions;
    regions.forEach(
        region ->
            region.forEach(
                store -> runIds.put(store, "run-%s-%s".formatted(name, store.sinkId()))));
    regions.forEach(this::start);
  }

  String name() {
    return name;
  }

  String runId(MemoryStore store) {
    return runIds.get(store);
  }

  boolean isAlive() {
    return alive;
  }

  /** Why it failed for good, or null. */
  String failure() {
    return failure;
  }

  /** How many checkpoints have completed. */
  int completed() {
    return completed;
  }

  private void start(List<MemoryStore> region) {
    for (var store : region) {
      var sink = simulation.sink(store, runIds.get(store));
      attempts.put(store, new SinkAttempt(simulation, this, store, sink, latest));
    }
  }

  boolean isRunning() {
    return alive && attempts.values().stream().allMatch(SinkAttempt::isRunning);
  }

  private boolean isQuiet() {
    return isRunning() && pending == null && attempts.values().stream().noneMatch(this::isBusy);
  }

  private boolean isBusy(SinkAttempt attempt) {
    return attempt.isBusy();
  }

  /** Whether all inputs are read and nothing is on its way. */
  boolean isSettled(int inputs) {
    return isQuiet() && undelivered.isEmpty() && hasRead(inputs);
  }

  boolean hasRead(int inputs) {
    return attempts.values().stream().allMatch(attempt -> attempt.offset() == inputs);
  }

  /** What happens when nothing goes wrong. */
  void addEvents(Collection<Event> events) {
    List.copyOf(zombies).forEach(zombie -> zombie.addEvents(events));
    if (!alive) {
      return;
    }
    regions.forEach(region -> addRegionEvents(events, region));
    if (pending == null && isQuiet()) {
      events.add(new Event(name + " triggers " + nextId, 4, () -> trigger(false)));
    } else if (pending != null && pending.acks().size() == attempts.size()) {
      events.add(new Event(name + " completes " + pending.id(), 8, this::complete));
    }
    for (var notification : List.copyOf(undelivered)) {
      var label =
          "%s tells %s of %d".formatted(name, notification.attempt(), notification.checkpointId());
      events.add(new Event(label, 6, () -> deliver(notification)));
    }
  }

  private void addRegionEvents(Collection<Event> events, List<MemoryStore> region) {
    var tasks = region.stream().map(attempts::get).toList();
    if (tasks.stream().anyMatch(task -> !task.isLive())) {
      events.add(new Event(name + " restarts", 4, () -> start(region)));
      return;
    }
    tasks.forEach(task -> task.addEvents(events));
    var offset = tasks.get(0).offset();
    if (tasks.stream().allMatch(task -> task.isRunning() && !task.isBusy())
        && offset < simulation.plan().inputs()) {
      events.add(new Event(name + " reads " + offset, 5, () -> tasks.forEach(SinkAttempt::feed)));
    }
  }

  /** What may go wrong. */
  void addFaults(Collection<Event> events) {
    if (!alive) {
      return;
    }
    for (var region : regions) {
      if (region.stream().map(attempts::get).allMatch(SinkAttempt::isLive)) {
        events.add(new Event(name + "'s task crashes", 1, () -> failRegion(region)));
      }
    }
    if (pending != null) {
      events.add(new Event(name + " aborts " + pending.id(), 1, () -> abortPending(true)));
    } else if (isQuiet()) {
      events.add(new Event(name + " triggers savepoint " + nextId, 1, () -> trigger(true)));
    }
    for (var notification : List.copyOf(undelivered)) {
      events.add(new Event(name + " loses word", 1, () -> undelivered.remove(notification)));
    }
    events.add(new Event(name + "'s coordinator crashes", 1, this::crashCoordinator));
  }

  void trigger(boolean savepoint) {
    pending = new Pending(nextId++, savepoint, new LinkedHashMap<>());
    attempts.values().forEach(attempt -> attempt.barrier(pending.id()));
  }

  void acknowledge(long checkpointId, String sink, Checkpoint.SinkState state) {
    if (pending != null && pending.id() == checkpointId) {
      pending.acks().put(sink, state);
    }
  }

  private Checkpoint keep(boolean registered) {
    var kept =
        new Checkpoint(
            pending.id(),
            this,
            Map.copyOf(pending.acks()),
            registered,
            pending.savepoint(),
            simulation.checkpoints());
    simulation.keep(kept);
    return kept;
  }

  private void complete() {
    var checkpoint = keep(true);
    if (!pending.savepoint()) {
      latest = checkpoint;
      completed++;
      for (var attempt : attempts.values()) {
        undelivered.add(new Notification(attempt, checkpoint.id()));
      }
    }
    pending = null;
  }

  /** It may have left a file that looks complete, and barriers that go on. */
  private void abortPending(boolean mayDrop) {
    if (pending == null) {
      return;
    }
    if (pending.acks().size() == attempts.size()) {
      keep(false);
    }
    pending = null;
    if (mayDrop && simulation.chance(50)) {
      attempts.values().forEach(SinkAttempt::dropBarrier);
    }
  }

  private void deliver(Notification notification) {
    undelivered.remove(notification);
    if (notification.attempt().isLive()) {
      notification.attempt().notifyComplete(notification.checkpointId());
    }
  }

  /** A task has ended with an error. */
  void taskFailed(SinkAttempt attempt, Throwable error) {
    Violation.rethrow(error);
    for (var cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SuppressRestartsException) {
        simulation.trace(name + " FAILED: " + cause.getCause().getMessage());
        failure = cause.getCause().getMessage();
        cancel();
        return;
      }
    }
    simulation.trace(name + " fails over: " + error);
    regions.stream()
        .filter(region -> region.stream().anyMatch(store -> attempts.get(store) == attempt))
        .forEach(this::failRegion);
  }

  private void failRegion(List<MemoryStore> region) {
    abortPending(true);
    for (var store : region) {
      giveUp(attempts.get(store));
    }
  }

  private void giveUp(SinkAttempt attempt) {
    undelivered.removeIf(notification -> notification.attempt() == attempt);
    if (attempt.isLive()) {
      var zombie = simulation.chance(simulation.plan().zombiePercent());
      attempt.giveUp(zombie);
      if (zombie) {
        zombies.add(attempt);
      }
    }
  }

  /** Another one restores the same submission from what the store knows. */
  void crashCoordinator() {
    abortPending(false);
    undelivered.clear();
    attempts.values().forEach(this::giveUp);
  }

  /** It ends for good; its tasks may not have heard. */
  void cancel() {
    alive = false;
    abortPending(false);
    undelivered.clear();
    attempts.values().forEach(this::giveUp);
  }

  /** All its tasks are gone. */
  void endZombies() {
    zombies.forEach(SinkAttempt::end);
    zombies.clear();
    if (!alive) {
      attempts.values().forEach(SinkAttempt::end);
    }
  }

  void endAll() {
    alive = false;
    zombies.forEach(SinkAttempt::end);
    attempts.values().forEach(SinkAttempt::end);
  }

  @Override
  public String toString() {
    return "%s from %s".formatted(name, restoredFrom);
  }
}
