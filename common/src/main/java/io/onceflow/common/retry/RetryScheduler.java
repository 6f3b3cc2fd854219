package io.onceflow.common.retry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Decides which unfinished message is attempted next, and when. It knows no Flink, no clock and no
 * payloads: the operator tells it the time and keeps the messages. Task thread only.
 */
final class RetryScheduler {

  private final OrderPolicy order;
  private final Dependencies dependencies;
  private final Map<String, ScopeQueue> scopes = new HashMap<>();
  private final Map<Lane.Kind, Lane> lanes = new LinkedHashMap<>();
  private final TreeSet<Entry> delayed = new TreeSet<>(Lane.OLDEST_FIRST);
  private final TreeSet<Entry> timeouts = by(entry -> entry.timeoutAtMs);
  private final TreeSet<Entry> deadlines = by(entry -> entry.deadlineMs);
  private final TreeSet<Entry> arrivals = by(entry -> entry.arrivedMs);
  private final PriorityPicker picker = new PriorityPicker();
  private final RetryBudget budget = new RetryBudget();
  private RetryRules rules;
  private long nextNumber;
  private long bytes;
  private int running;
  private int blocked;

  RetryScheduler(RetryRules rules, OrderPolicy order, RandomGenerator random) {
    this.rules = rules;
    this.order = order;
    this.dependencies = new Dependencies(random);
  }

  private static TreeSet<Entry> by(java.util.function.ToLongFunction<Entry> time) {
    return new TreeSet<>(
        Comparator.comparingLong(time).thenComparingLong((Entry entry) -> entry.number));
  }

  RetryRules rules() {
    return rules;
  }

  void change(RetryRules changed) {
    rules = changed;
  }

  Dependencies dependencies() {
    return dependencies;
  }

  /** The unfinished message of that identity, or null. */
  Entry find(String scope, String identity) {
    ScopeQueue queue = scopes.get(scope);
    return queue == null ? null : queue.get(identity);
  }

  boolean hasRoomFor(int messageBytes) {
    ParkingQuota quota = rules.quota();
    // A message larger than the quota goes alone: it would wait for ever otherwise.
    return arrivals.isEmpty()
        || arrivals.size() < quota.messages() && bytes + messageBytes <= quota.bytes();
  }

  /** Takes a message that came. */
  Entry admit(String scope, Unfinished unfinished, String dependency, long nowMs) {
    ScopeQueue queue = scopes.get(scope);
    return restore(scope, queue == null ? 0 : queue.nextPosition(), unfinished, dependency, nowMs);
  }

  /** Takes a message that was here before; those of a scope in the order of their positions. */
  Entry restore(String scope, long position, Unfinished unfinished, String dependency, long nowMs) {
    Entry entry =
        new Entry(scope, position, nextNumber, unfinished, dependencies.canonical(dependency));
    entry.dependency = dependencies.canonical(entry.dependency);
    nextNumber++;
    ScopeQueue queue = scopes.computeIfAbsent(scope, unknown -> new ScopeQueue());
    queue.add(entry);
    arrivals.add(entry);
    deadlines.add(entry);
    bytes += entry.bytes;
    if (!order.isOrdered() || queue.first() == entry) {
      makeEligible(entry, nowMs);
    } else {
      blocked++;
    }
    return entry;
  }

  /**
   * The message to attempt now, which counts as under way from here on; null when there is none.
   */
  Entry next(long nowMs) {
    while (!delayed.isEmpty() && delayed.first().dueMs <= nowMs) {
      enterLane(delayed.pollFirst());
    }
    if (running >= rules.concurrency().total()) {
      return null;
    }
    Lane lane = pick(nowMs);
    if (lane == null) {
      return null;
    }
    Entry entry = lane.entries.first();
    leave(entry);
    start(entry, nowMs);
    return entry;
  }

  private Lane pick(long nowMs) {
    boolean retriesAllowed = budget.allows(rules.budget(), nowMs);
    List<Lane> open = new ArrayList<>();
    Lane probe = null;
    for (Lane lane : lanes.values()) {
      Dependencies.Dependency dependency = dependencies.get(lane.kind.dependency());
      if (dependency.paused
          || !dependency.breaker.allows(nowMs)
          || dependency.running >= rules.concurrency().perDependency()) {
        continue;
      }
      if (dependency.breaker.isHalfOpen()) {
        probe = probe == null || isOlder(lane, probe) ? lane : probe;
      } else if (retriesAllowed || !lane.kind.retry()) {
        open.add(lane);
      }
    }
    // A probe is one call that may set a whole dependency free: it goes before all others.
    return probe != null ? probe : picker.pick(open, rules.priorities(), nowMs);
  }

  private static boolean isOlder(Lane lane, Lane other) {
    return Lane.OLDEST_FIRST.compare(lane.entries.first(), other.entries.first()) < 0;
  }

  private void start(Entry entry, long nowMs) {
    Dependencies.Dependency dependency = dependencies.get(entry.dependency);
    entry.place = Entry.Place.RUNNING;
    entry.startedMs = nowMs;
    entry.timeoutAtMs = nowMs + rules.attempts().attemptTimeout().toMillis();
    entry.probe = dependency.breaker.isHalfOpen();
    timeouts.add(entry);
    dependency.running++;
    running++;
    if (entry.probe) {
      dependency.breaker.probeStarted();
    } else if (entry.isRetry()) {
      budget.retry();
    }
    if (!entry.isRetry()) {
      budget.firstAttempt(rules.budget());
    }
  }

  /**
   * An attempt ended. The message stays, without a place, until {@link #delay} or {@link #remove}.
   *
   * @param failedDependency the one that failed, or null
   * @param answered whether the dependency of the message gave an answer
   */
  void stopped(Entry entry, String failedDependency, boolean answered, long nowMs) {
    Dependencies.Dependency dependency = dependencies.get(entry.dependency);
    timeouts.remove(entry);
    dependency.running--;
    running--;
    entry.call = null;
    entry.place = Entry.Place.JUDGED;
    String failed = failedDependency == null ? null : dependencies.canonical(failedDependency);
    if (answered) {
      dependency.breaker.succeeded(entry.probe, rules.breaker());
    } else if (entry.dependency.equals(failed)) {
      dependency.breaker.failed(entry.probe, rules.breaker(), nowMs);
    } else {
      if (entry.probe) {
        dependency.breaker.probeEnded();
      }
      if (failed != null) {
        dependencies.get(failed).breaker.failed(false, rules.breaker(), nowMs);
      }
    }
  }

  /** Parks a message whose attempt failed. */
  void delay(Entry entry, long dueMs, String dependency, long nowMs) {
    entry.failures++;
    entry.dueMs = dueMs;
    entry.dependency = dependencies.canonical(dependency);
    makeEligible(entry, nowMs);
  }

  /** Forgets a message that is final, and lets the next one of its scope go. */
  void remove(Entry entry, long nowMs) {
    leave(entry);
    entry.place = Entry.Place.GONE;
    arrivals.remove(entry);
    deadlines.remove(entry);
    bytes -= entry.bytes;
    ScopeQueue queue = scopes.get(entry.scope);
    queue.remove(entry);
    if (queue.isEmpty()) {
      scopes.remove(entry.scope);
    } else if (order.isOrdered()) {
      Entry first = queue.first();
      if (first.place == Entry.Place.BEHIND) {
        blocked--;
        makeEligible(first, nowMs);
      }
    }
  }

  private void makeEligible(Entry entry, long nowMs) {
    if (entry.dueMs > nowMs) {
      entry.place = Entry.Place.DELAYED;
      delayed.add(entry);
    } else {
      enterLane(entry);
    }
  }

  private void enterLane(Entry entry) {
    entry.place = Entry.Place.READY;
    lanes.computeIfAbsent(Lane.Kind.of(entry), Lane::new).entries.add(entry);
  }

  /** Takes it out of where it waits. */
  private void leave(Entry entry) {
    if (entry.place == Entry.Place.DELAYED) {
      delayed.remove(entry);
    } else if (entry.place == Entry.Place.READY) {
      Lane lane = lanes.get(Lane.Kind.of(entry));
      lane.entries.remove(entry);
      if (lane.entries.isEmpty()) {
        lanes.remove(lane.kind);
      }
    } else if (entry.place == Entry.Place.BEHIND) {
      blocked--;
    }
  }

  /** An attempt whose time is up, or null. */
  Entry timedOut(long nowMs) {
    return !timeouts.isEmpty() && timeouts.first().timeoutAtMs <= nowMs ? timeouts.first() : null;
  }

  /** A message whose deadline has passed and that is not under way, or null. */
  Entry expired(long nowMs) {
    while (!deadlines.isEmpty() && deadlines.first().deadlineMs <= nowMs) {
      // One under way is judged when its attempt ends.
      Entry entry = deadlines.pollFirst();
      if (entry.place != Entry.Place.RUNNING) {
        return entry;
      }
    }
    return null;
  }

  /** What has failed before and waits for this dependency, oldest first. */
  List<Entry> waitingFor(String dependency) {
    String name = dependencies.canonical(dependency);
    return arrivals.stream()
        .filter(entry -> entry.place == Entry.Place.DELAYED || entry.place == Entry.Place.READY)
        .filter(entry -> entry.isRetry() && entry.dependency.equals(name))
        .toList();
  }

  /** When time alone changes something, in milliseconds; the end of time for never. */
  long wakeUpMs(long nowMs) {
    long wakeUp = Long.MAX_VALUE;
    wakeUp = delayed.isEmpty() ? wakeUp : Math.min(wakeUp, delayed.first().dueMs);
    wakeUp = timeouts.isEmpty() ? wakeUp : Math.min(wakeUp, timeouts.first().timeoutAtMs);
    wakeUp = deadlines.isEmpty() ? wakeUp : Math.min(wakeUp, deadlines.first().deadlineMs);
    if (running >= rules.concurrency().total()) {
      return wakeUp;
    }
    boolean retriesAllowed = budget.allows(rules.budget(), nowMs);
    for (Lane lane : lanes.values()) {
      Dependencies.Dependency dependency = dependencies.get(lane.kind.dependency());
      if (!dependency.paused) {
        wakeUp = Math.min(wakeUp, dependency.breaker.wakeUpMs());
        if (lane.kind.retry() && !retriesAllowed) {
          wakeUp = Math.min(wakeUp, budget.wakeUpMs(rules.budget(), nowMs));
        }
      }
    }
    return wakeUp;
  }

  int unfinished() {
    return arrivals.size();
  }

  int running() {
    return running;
  }

  long bytes() {
    return bytes;
  }

  /** When the oldest unfinished message came, or the end of time. */
  long oldestArrivalMs() {
    return arrivals.isEmpty() ? Long.MAX_VALUE : arrivals.first().arrivedMs;
  }

  /** How many messages wait behind another one of their scope. */
  int blocked() {
    return blocked;
  }
}
