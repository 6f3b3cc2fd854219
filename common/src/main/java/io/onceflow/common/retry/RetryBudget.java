package io.onceflow.common.retry;

/**
 * A token bucket that first attempts fill and retries empty (as in Finagle's RetryBudget). Task
 * thread only.
 */
final class RetryBudget {

  private static final double MIN_BURST = 10;
  private static final double BURST_SECONDS = 10;

  private double tokens;
  private long filledAtMs = Long.MIN_VALUE;

  void firstAttempt(BudgetRules rules) {
    tokens = Math.min(tokens + rules.share(), burst(rules));
  }

  boolean allows(BudgetRules rules, long nowMs) {
    if (filledAtMs == Long.MIN_VALUE) {
      tokens = 1;
    } else if (nowMs > filledAtMs) {
      double refill = (nowMs - filledAtMs) / 1000.0 * rules.minPerSecond();
      tokens = Math.min(tokens + refill, burst(rules));
    }
    filledAtMs = Math.max(filledAtMs, nowMs);
    return tokens >= 1;
  }

  void retry() {
    tokens -= 1;
  }

  /** When time alone allows the next retry. */
  long wakeUpMs(BudgetRules rules, long nowMs) {
    double missing = Math.max(0, 1 - tokens);
    // One millisecond more, so that rounding never wakes up just too early, again and again.
    return nowMs + 1 + (long) Math.ceil(missing * 1000 / rules.minPerSecond());
  }

  private static double burst(BudgetRules rules) {
    return Math.max(MIN_BURST, rules.minPerSecond() * BURST_SECONDS);
  }
}
