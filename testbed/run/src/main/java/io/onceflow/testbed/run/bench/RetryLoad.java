package io.onceflow.testbed.run.bench;

import java.time.Duration;

/**
 * Records of the retry benchmark and which of them fail. A record is its number; numbers go round
 * over the keys. A record that fails does so at its first attempt only.
 *
 * @param records how many, numbered from 0
 * @param keys how many keys
 * @param failPercent share of what fails: of records, or of keys when keys fail as a whole
 * @param byKey whether all records of some keys fail, and no record of the others
 * @param perSecond records per second, or 0 for all at once
 * @param latency of a call
 */
record RetryLoad(
    int records, int keys, int failPercent, boolean byKey, int perSecond, Duration latency) {

  /** Keys whose number ends below this are those that may fail; so that 0 % measures the same. */
  static final int FAILING_KEYS_PERCENT = 10;

  private static final int PERCENT = 100;
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  /**
   * @throws IllegalArgumentException when more keys shall fail than are left out of the delays
   */
  RetryLoad {
    if (byKey && failPercent > FAILING_KEYS_PERCENT) {
      throw new IllegalArgumentException(
          "At most %d %% of the keys may fail, got %d %%."
              .formatted(FAILING_KEYS_PERCENT, failPercent));
    }
  }

  int key(int number) {
    return number % keys;
  }

  boolean failsFirst(int number) {
    if (byKey) {
      return key(number) % PERCENT < failPercent;
    }
    // The upper half of the product: a random looking share, the same for everybody.
    return ((number * SPREAD) >>> Integer.SIZE) % PERCENT < failPercent;
  }

  /** How many first attempts fail. */
  int failing() {
    var failing = 0;
    for (var number = 0; number < records; number++) {
      failing += failsFirst(number) ? 1 : 0;
    }
    return failing;
  }

  /** Whether the record's delay counts: its key fails at no share, and the start is over. */
  boolean isMeasured(int number, int warmUp) {
    return number >= warmUp && key(number) % PERCENT >= FAILING_KEYS_PERCENT;
  }

  /** When a record is sent, in nanoseconds after the first one. */
  long dueNs(int number) {
    return perSecond == 0 ? 0 : number * 1_000_000_000L / perSecond;
  }
}
