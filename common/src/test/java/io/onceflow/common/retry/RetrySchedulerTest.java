package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetrySchedulerTest {

  private static final RetryRules RULES = RetryRules.DEFAULT.with(new ConcurrencyLimits(1, 1));

  private long sequence;

  private RetryScheduler scheduler(RetryRules rules) {
    return new RetryScheduler(rules, OrderPolicy.UNORDERED, new SplittableRandom(1));
  }

  private Entry admit(RetryScheduler scheduler, int priority, String dependency, long nowMs) {
    sequence++;
    RetryMessage message = Messages.message("p", sequence, "k", priority, dependency);
    Unfinished unfinished = new Unfinished(message, nowMs, Long.MAX_VALUE, nowMs, List.of());
    return scheduler.admit("k", unfinished, dependency, nowMs);
  }

  private static void finish(RetryScheduler scheduler, Entry entry, long nowMs) {
    scheduler.stopped(entry, null, true, nowMs);
    scheduler.remove(entry, nowMs);
  }

  private static void fail(RetryScheduler scheduler, Entry entry, long dueMs, long nowMs) {
    scheduler.stopped(entry, entry.dependency, false, nowMs);
    scheduler.delay(entry, dueMs, entry.dependency, nowMs);
  }

  /** The priorities of the next starts, while every priority has more than enough. */
  private List<Integer> starts(RetryRules rules, int starts) {
    RetryScheduler scheduler = scheduler(rules);
    for (int i = 0; i < starts; i++) {
      for (int priority = 0; priority < 3; priority++) {
        admit(scheduler, priority, "d", 0);
      }
    }
    List<Integer> priorities = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      Entry next = scheduler.next(0);
      priorities.add(next.priority);
      finish(scheduler, next, 0);
    }
    return priorities;
  }

  @Test
  void theMostUrgentComesFirst() {
    assertThat(starts(RULES, 50)).containsOnly(0);
  }

  @Test
  void reservedSharesAreKept() {
    RetryRules rules = RULES.with(new PriorityRules(Duration.ofHours(1), List.of(50, 10, 20)));
    List<Integer> starts = starts(rules, 1000);
    assertThat(starts.stream().filter(priority -> priority == 1).count()).isBetween(99L, 101L);
    assertThat(starts.stream().filter(priority -> priority == 2).count()).isBetween(199L, 201L);
  }

  @Test
  void waitingMakesAMessageMoreUrgent() {
    RetryScheduler scheduler =
        scheduler(RULES.with(new PriorityRules(Duration.ofSeconds(1), List.of())));
    Entry old = admit(scheduler, 3, "d", 0);
    Entry urgent = admit(scheduler, 0, "d", 2_900);
    assertThat(scheduler.next(2_900)).isSameAs(urgent);
    finish(scheduler, urgent, 2_900);
    Entry later = admit(scheduler, 0, "d", 3_100);
    assertThat(scheduler.next(3_100)).isSameAs(old);
    finish(scheduler, old, 3_100);
    assertThat(scheduler.next(3_100)).isSameAs(later);
  }

  @Test
  void concurrencyIsBoundedInAllAndPerDependency() {
    RetryScheduler scheduler = scheduler(RULES.with(new ConcurrencyLimits(3, 2)));
    for (int i = 0; i < 3; i++) {
      admit(scheduler, 0, "slow", 0);
    }
    admit(scheduler, 9, "other", 0);
    admit(scheduler, 9, "other", 0);
    List<String> started = new ArrayList<>();
    for (Entry next = scheduler.next(0); next != null; next = scheduler.next(0)) {
      started.add(next.dependency);
    }
    assertThat(started).containsExactly("slow", "slow", "other");
  }

  @Test
  void retriesStayWithinTheirBudget() {
    RetryRules rules =
        RULES
            .with(new BudgetRules(0.1, 0.001))
            .with(new ConcurrencyLimits(10_000, 10_000))
            .with(new BreakerRules(64, 100, Duration.ofMillis(1), 1));
    RetryScheduler scheduler = scheduler(rules);
    int first = 0;
    int retries = 0;
    for (int round = 0; round < 2000; round++) {
      admit(scheduler, 5, "d" + round % 50, round);
      for (Entry next = scheduler.next(round); next != null; next = scheduler.next(round)) {
        if (next.isRetry()) {
          retries++;
        } else {
          first++;
        }
        // Neither answer nor failure: no breaker has a word here.
        scheduler.stopped(next, null, false, round);
        scheduler.delay(next, round, next.dependency, round);
      }
    }
    assertThat(first).isEqualTo(2000);
    assertThat(retries).isBetween(195, 205);
  }

  @Test
  void withoutTrafficRetriesGoOnAtTheLowestRate() {
    RetryScheduler scheduler = scheduler(RULES.with(new BudgetRules(0, 2)));
    int retries = 0;
    Entry entry = admit(scheduler, 5, "d", 0);
    fail(scheduler, scheduler.next(0), 0, 0);
    long now = 0;
    while (now < 100_000) {
      Entry next = scheduler.next(now);
      if (next != null) {
        assertThat(next).isSameAs(entry);
        retries++;
        scheduler.stopped(next, null, false, now);
        scheduler.delay(next, now, "d", now);
      } else {
        long wakeUp = scheduler.wakeUpMs(now);
        assertThat(wakeUp).isGreaterThan(now);
        now = wakeUp;
      }
    }
    assertThat(retries).isBetween(195, 205);
  }

  @Test
  void aBrokenDependencyIsProbedByOneUntilItAnswers() {
    RetryRules rules =
        RULES
            .with(new ConcurrencyLimits(100, 100))
            .with(new BreakerRules(4, 50, Duration.ofSeconds(10), 2));
    RetryScheduler scheduler = scheduler(rules);
    for (int i = 0; i < 4; i++) {
      admit(scheduler, 5, "bad", 0);
      fail(scheduler, scheduler.next(0), 1_000_000, 0);
    }
    Entry waiting = admit(scheduler, 9, "bad", 0);
    admit(scheduler, 9, "bad", 0);
    admit(scheduler, 9, "bad", 0);
    assertThat(scheduler.next(0)).isNull();
    long probeMs = scheduler.wakeUpMs(0);
    assertThat(probeMs).isBetween(5_000L, 10_000L);
    admit(scheduler, 0, "good", probeMs);
    assertThat(scheduler.next(probeMs)).as("the probe goes first").isSameAs(waiting);
    assertThat(scheduler.next(probeMs).dependency).isEqualTo("good");
    assertThat(scheduler.next(probeMs)).as("one probe at a time").isNull();
    fail(scheduler, waiting, 2_000_000, probeMs);
    assertThat(scheduler.next(probeMs)).as("open again").isNull();
    long againMs = scheduler.wakeUpMs(probeMs);
    for (int probe = 0; probe < 2; probe++) {
      admit(scheduler, 9, "bad", againMs);
      Entry next = scheduler.next(againMs);
      assertThat(next.probe).isTrue();
      assertThat(scheduler.next(againMs)).isNull();
      finish(scheduler, next, againMs);
    }
    assertThat(scheduler.next(againMs)).as("closed").isNotNull();
    assertThat(scheduler.next(againMs)).isNotNull();
  }

  @Test
  void tooManyDependenciesShareOne() {
    RetryScheduler scheduler = scheduler(RULES);
    for (int i = 0; i < 1000; i++) {
      admit(scheduler, 5, "d" + i, 0);
    }
    assertThat(admit(scheduler, 5, "one more", 0).dependency).isEqualTo(Dependencies.OTHER);
    assertThat(admit(scheduler, 5, "d7", 0).dependency).isEqualTo("d7");
  }
}
