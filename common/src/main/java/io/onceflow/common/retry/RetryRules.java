package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;

/**
 * Everything that can be tuned, at the start and at run time by {@link RetryControl.ChangeRules}.
 * All numbers are per subtask.
 *
 * @param backoff between attempts of a message
 * @param attempts when a message is given up
 * @param concurrency of attempts
 * @param budget share of retries
 * @param breaker of each dependency
 * @param priorities between messages
 * @param quota of messages that are kept
 */
public record RetryRules(
    Backoff backoff,
    AttemptLimits attempts,
    ConcurrencyLimits concurrency,
    BudgetRules budget,
    BreakerRules breaker,
    PriorityRules priorities,
    ParkingQuota quota)
    implements Serializable {

  /** A start: 10 attempts within an hour, 100 at once, a fifth of the traffic as retries. */
  public static final RetryRules DEFAULT =
      new RetryRules(
          new Backoff(Duration.ofMillis(200), Duration.ofMinutes(5)),
          new AttemptLimits(10, 3, Duration.ofSeconds(30), Duration.ofHours(1)),
          new ConcurrencyLimits(100, 50),
          new BudgetRules(0.2, 10),
          new BreakerRules(20, 50, Duration.ofSeconds(5), 3),
          new PriorityRules(Duration.ofSeconds(10), List.of()),
          new ParkingQuota(
              100_000, 256L << 20, ParkingQuota.Overflow.BACK_PRESSURE, Duration.ofSeconds(1)));

  /** The same with another backoff. */
  public RetryRules with(Backoff other) {
    return new RetryRules(other, attempts, concurrency, budget, breaker, priorities, quota);
  }

  /** The same with other limits of attempts. */
  public RetryRules with(AttemptLimits other) {
    return new RetryRules(backoff, other, concurrency, budget, breaker, priorities, quota);
  }

  /** The same with another concurrency. */
  public RetryRules with(ConcurrencyLimits other) {
    return new RetryRules(backoff, attempts, other, budget, breaker, priorities, quota);
  }

  /** The same with another budget. */
  public RetryRules with(BudgetRules other) {
    return new RetryRules(backoff, attempts, concurrency, other, breaker, priorities, quota);
  }

  /** The same with other breakers. */
  public RetryRules with(BreakerRules other) {
    return new RetryRules(backoff, attempts, concurrency, budget, other, priorities, quota);
  }

  /** The same with other priorities. */
  public RetryRules with(PriorityRules other) {
    return new RetryRules(backoff, attempts, concurrency, budget, breaker, other, quota);
  }

  /** The same with another quota. */
  public RetryRules with(ParkingQuota other) {
    return new RetryRules(backoff, attempts, concurrency, budget, breaker, priorities, other);
  }
}
