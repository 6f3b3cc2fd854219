package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.DecisionRegister;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.RegisterRules;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.SinkUnderSimulation;
import io.onceflow.common.commit.StoreSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One schedule: a number of random events with faults, then the faults end, an operator restores
 * jobs until one reads all inputs, and every input must be there exactly once.
 */
final class Simulation implements AutoCloseable {

  private static final int PATIENCE = 1_500;
  private static final int LAST_SUBMISSIONS = 12;

  private final long seed;
  private final SplittableRandom random;
  private final Plan plan;
  private final MemoryRegister register;
  private final List<MemoryStore> stores = new ArrayList<>();
  private final List<SimulatedJob> jobs = new ArrayList<>();
  private final List<Checkpoint> checkpoints = new ArrayList<>();
  private final List<String> trace = new ArrayList<>();
  private Strand resolving;
  private boolean faults = true;
  private boolean lost;
  private boolean stranded;
  private boolean helped;
  private int numbers;
  private int events;
  private int decisions;

  Simulation(long seed, Set<Defect> defects) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.plan = Plan.draw(random);
    this.register = plan.threePhase() ? new MemoryRegister(defects) : null;
    for (var i = 0; i < plan.sinks(); i++) {
      stores.add(new MemoryStore(new SinkId("sink-" + i), defects));
    }
  }

  Plan plan() {
    return plan;
  }

  /** How many events have happened. */
  int events() {
    return events;
  }

  /** Runs it to its end; throws a {@link Violation} with everything needed to see it again. */
  void run() {
    try {
      submit(null);
      for (var i = 0; i < plan.steps(); i++) {
        next(worldEvents());
      }
      settle();
    } catch (Violation e) {
      throw report(e);
    }
  }

  private Violation report(Violation e) {
    var report =
        new Violation(
            "%s%nseed %d: %s%n  %s",
            e.getMessage(), seed, plan, String.join(System.lineSeparator() + "  ", trace));
    report.initCause(e);
    return report;
  }

  private List<Event> worldEvents() {
    var possible = new ArrayList<Event>();
    jobs.forEach(job -> job.addEvents(possible));
    if (resolving != null) {
      possible.add(new Event(resolving.toString(), 8, this::resumeResolver));
    }
    if (faults) {
      possible.replaceAll(event -> event.times(plan.calm()));
      jobs.forEach(job -> job.addFaults(possible));
      addFaults(possible);
    }
    return possible;
  }

  private void addFaults(Collection<Event> possible) {
    var alive = jobs.stream().anyMatch(SimulatedJob::isAlive);
    if (jobs.size() < plan.submissions() || !alive) {
      possible.add(new Event("submit", alive ? 1 : 60, () -> submit(anyCheckpoint())));
    }
    jobs.stream()
        .filter(SimulatedJob::isAlive)
        .forEach(job -> possible.add(new Event("cancel " + job.name(), 1, job::cancel)));
    for (var store : stores) {
      possible.add(new Event("restart " + store.sinkId(), 1, store::restart));
      if (plan.byHand() && !store.inDoubt().isEmpty()) {
        possible.add(new Event("roll back by hand", 1, () -> rollBackByHand(store)));
      }
    }
    if (register != null && resolving == null) {
      possible.add(new Event("resolve", 1, this::startResolver));
    }
  }

  private void next(List<Event> possible) {
    var total = possible.stream().mapToInt(Event::weight).sum();
    if (total == 0) {
      return;
    }
    var drawn = random.nextInt(total);
    for (var event : possible) {
      drawn -= event.weight();
      if (drawn < 0) {
        trace(event.label());
        events++;
        event.action().run();
        checkDecisions();
        return;
      }
    }
  }

  /**
   * What a checkpoint adds, of all sinks, is committed with all that it contains, or not at all.
   */
  private void checkDecisions() {
    if (register == null || register.records().decisions().size() == decisions) {
      return;
    }
    decisions = register.records().decisions().size();
    for (var checkpoint : checkpoints) {
      var own = decisions(checkpoint, epoch -> epoch.checkpointId() == checkpoint.id());
      var all = decisions(checkpoint, epoch -> true);
      if (checkpoint.registered()
          && !checkpoint.savepoint()
          && own.contains(Decision.COMMIT)
          && all.contains(Decision.ABORT)) {
        throw new Violation("%s is committed in part.", checkpoint);
      }
    }
  }

  private Set<Decision> decisions(Checkpoint checkpoint, Predicate<Epoch> which) {
    return checkpoint
        .pending()
        .filter(which)
        .flatMap(epoch -> RegisterRules.decidedIds(epoch).stream())
        .map(register::decision)
        .filter(Objects::nonNull)
        .collect(Collectors.toSet());
  }

  private void rollBackByHand(MemoryStore store) {
    store.rollBackByHand(store.inDoubt().get(random.nextInt(store.inDoubt().size())));
  }

  private void startResolver() {
    var resolver = new SimulatedResolver(this, register, stores);
    resolving = new Strand("resolver", resolver::resolve, false);
    resumeResolver();
  }

  private void resumeResolver() {
    resolving.resume(directive(resolving));
    if (resolving.isDone()) {
      Violation.rethrow(resolving.failure());
      resolving = null;
    }
  }

  private Checkpoint anyCheckpoint() {
    if (checkpoints.isEmpty() || chance(5)) {
      return null;
    }
    var newestFirst = newestFirst();
    return chance(60) ? newestFirst.get(0) : newestFirst.get(random.nextInt(newestFirst.size()));
  }

  /** A checkpoint that a resolver may cut at. */
  Checkpoint cut(Predicate<Checkpoint> isWhole) {
    var possible = checkpoints.stream().filter(Checkpoint::registered).filter(isWhole).toList();
    if (possible.isEmpty()) {
      return null;
    }
    return chance(70)
        ? possible.get(possible.size() - 1)
        : possible.get(random.nextInt(possible.size()));
  }

  private List<Checkpoint> newestFirst() {
    var order =
        Comparator.comparing(Checkpoint::registered).thenComparing(Checkpoint::order).reversed();
    return checkpoints.stream().sorted(order).toList();
  }

  private SimulatedJob submit(Checkpoint from) {
    var regions = new ArrayList<List<MemoryStore>>();
    if (plan.regions()) {
      stores.forEach(store -> regions.add(List.of(store)));
    } else {
      regions.add(List.copyOf(stores));
    }
    var job = new SimulatedJob(this, "job" + jobs.size(), from, regions);
    trace("submitted " + job);
    jobs.add(job);
    return job;
  }

  /** The faults end; whoever is still about goes on for a while, then one job remains. */
  private void settle() {
    faults = false;
    for (var i = 0; i < 60; i++) {
      next(worldEvents());
    }
    jobs.forEach(SimulatedJob::endZombies);
    if (resolving != null) {
      resolving.kill();
      resolving = null;
    }
    var newest = jobs.get(jobs.size() - 1);
    jobs.stream().filter(job -> job != newest).forEach(SimulatedJob::endAll);
    if (newest.isAlive() && finish(newest)) {
      return;
    }
    var candidates = new ArrayList<>(newestFirst());
    candidates.add(null);
    for (var i = 0; i < Math.min(LAST_SUBMISSIONS, candidates.size()); i++) {
      jobs.forEach(SimulatedJob::endAll);
      if (finish(submit(candidates.get(i)))) {
        return;
      }
    }
    stranded = !lost && !plan.threePhase() && plan.sinks() > 1;
    if (!lost && !stranded) {
      throw new Violation("No checkpoint leads on: %s", failures());
    }
  }

  /**
   * Whether no checkpoint leads on, loudly. Without a register each sink has an owner of its own:
   * of two jobs with the same two sinks each may own one, and commit what the other's checkpoints
   * do not hold. The pipeline's generation is what excludes this.
   */
  boolean isStranded() {
    return stranded;
  }

  private List<String> failures() {
    return jobs.stream().map(job -> job + ": " + job.failure()).toList();
  }

  /** Reads all inputs, restarts once more so that orphans are listed, and commits everything. */
  private boolean finish(SimulatedJob job) {
    trace("finish " + job);
    job.crashCoordinator();
    job.endZombies();
    var enough = Integer.MAX_VALUE;
    for (var i = 0; i < PATIENCE && job.isAlive(); i++) {
      if (i == PATIENCE / 2) {
        helpOut();
      }
      if (job.isSettled(plan.inputs())) {
        enough = Math.min(enough, job.completed() + 3);
        if (job.completed() >= enough) {
          stores.forEach(store -> store.expectExactly(plan.inputs()));
          return true;
        }
        job.trigger(false);
      } else {
        enough = job.hasRead(plan.inputs()) ? enough : Integer.MAX_VALUE;
        var possible = new ArrayList<Event>();
        job.addEvents(possible);
        next(possible);
      }
    }
    if (job.isAlive()) {
      throw new Violation("%s does not get on.", job);
    }
    lost |= job.failure() != null && job.failure().contains("is LOST") && wasRolledBackByHand();
    return false;
  }

  /**
   * A transaction that a zombie or another job prepared after the last listing can hold keys that a
   * restored epoch has to write; somebody has to roll it back.
   */
  private void helpOut() {
    if (plan.zombiePercent() > 0 || jobs.size() > 1) {
      helped = stores.stream().filter(MemoryStore::rollBackBlockers).count() > 0;
    }
  }

  /** Whether an operator had to roll back what kept a restored epoch waiting. */
  boolean wasHelped() {
    return helped;
  }

  private boolean wasRolledBackByHand() {
    return stores.stream().anyMatch(store -> !store.rolledBackByHand().isEmpty());
  }

  /** A resolver has found that somebody rolled back what has to be committed. */
  void lost(String id) {
    if (!wasRolledBackByHand()) {
      throw new Violation("%s is lost.", id);
    }
    lost = true;
  }

  /** How many checkpoints there are. */
  int checkpoints() {
    return checkpoints.size();
  }

  void keep(Checkpoint checkpoint) {
    checkpoints.add(checkpoint);
  }

  StoreSession session(MemoryStore store, String runId) {
    return plan.strategy() == CommitStrategy.STAGED
        ? new MemoryStagedSession(store, runId)
        : new MemoryPreparedSession(store, runId, register);
  }

  DecisionRegister register(MemoryStore store, String runId) {
    return register == null ? null : register.connect("pipeline", store.sinkId(), runId);
  }

  SinkUnderSimulation sink(MemoryStore store, String runId) {
    return new SinkUnderSimulation(store.sinkId(), runId, plan.strategy(), register, random);
  }

  int nextNumber() {
    return ++numbers;
  }

  String nonce() {
    return "%032x".formatted(nextNumber());
  }

  boolean chance(int percent) {
    return faults && random.nextInt(100) < percent;
  }

  /** How a strand goes on; only requests get lost. */
  Strand.Directive directive(Strand strand) {
    return strand.isAtCall() ? directiveForPrepare() : Strand.Directive.GO;
  }

  Strand.Directive directiveForPrepare() {
    if (!chance(plan.faultPercent())) {
      return Strand.Directive.GO;
    }
    return random.nextBoolean() ? Strand.Directive.LOSE_REQUEST : Strand.Directive.LOSE_REPLY;
  }

  List<String> trace() {
    return trace;
  }

  void trace(String line) {
    trace.add(line);
  }

  @Override
  public void close() {
    if (resolving != null) {
      resolving.kill();
    }
    jobs.forEach(SimulatedJob::endAll);
  }
}
