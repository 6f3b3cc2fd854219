package io.onceflow.common.retry;

import java.util.random.RandomGenerator;

/**
 * A circuit breaker: closed until too many of the last outcomes are failures, then open for a time,
 * then half-open with one probe at a time (Nygard, "Release It!"). Task thread only.
 */
final class Breaker {

  private enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private final RandomGenerator random;
  private State state = State.CLOSED;
  private long outcomes;
  private int seen;
  private long openUntilMs;
  private boolean probing;
  private int probesDone;

  Breaker(RandomGenerator random) {
    this.random = random;
  }

  /** Whether an attempt may be started, be it as a probe. */
  boolean allows(long nowMs) {
    if (state == State.OPEN && nowMs >= openUntilMs) {
      state = State.HALF_OPEN;
      probing = false;
      probesDone = 0;
    }
    return state == State.CLOSED || state == State.HALF_OPEN && !probing;
  }

  /** Whether the next attempt is a probe. */
  boolean isHalfOpen() {
    return state == State.HALF_OPEN;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** When time alone changes its answer, or the end of time. */
  long wakeUpMs() {
    return state == State.OPEN ? openUntilMs : Long.MAX_VALUE;
  }

  void probeStarted() {
    probing = true;
  }

  /** The probe ended without a word on the dependency. */
  void probeEnded() {
    probing = false;
  }

  void succeeded(boolean probe, BreakerRules rules) {
    if (state == State.CLOSED) {
      record(0, rules);
    } else if (state == State.HALF_OPEN && probe) {
      probing = false;
      probesDone++;
      if (probesDone >= rules.probes()) {
        state = State.CLOSED;
        seen = 0;
        outcomes = 0;
      }
    }
  }

  void failed(boolean probe, BreakerRules rules, long nowMs) {
    if (state == State.CLOSED) {
      record(1, rules);
      if (seen >= rules.window()
          && Long.bitCount(outcomes) * 100 >= rules.failurePercent() * rules.window()) {
        open(rules, nowMs);
      }
    } else if (state == State.HALF_OPEN && probe) {
      open(rules, nowMs);
    }
  }

  private void record(int failure, BreakerRules rules) {
    outcomes = outcomes << 1 | failure;
    if (rules.window() < Long.SIZE) {
      outcomes &= (1L << rules.window()) - 1;
    }
    seen = Math.min(seen + 1, rules.window());
  }

  private void open(BreakerRules rules, long nowMs) {
    state = State.OPEN;
    probing = false;
    long half = rules.openFor().toMillis() / 2;
    openUntilMs = nowMs + rules.openFor().toMillis() - random.nextLong(half + 1);
  }
}
