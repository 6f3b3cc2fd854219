package io.onceflow.common.lock;

import io.onceflow.common.config.OneLine;
import java.time.Duration;

/**
 * What somebody wants to hold.
 *
 * @param key what is locked: 1 to 200 characters without control characters
 * @param owner who asks: the same, and without spaces. An owner that holds the key already gets the
 *     same token again
 * @param ttl for how long: 10 ms to one day
 * @param floor the token must be higher; 0, or the highest one that the protected store has seen
 */
public record LeaseRequest(String key, String owner, Duration ttl, long floor) {

  private static final int MAX_CHARS = 200;
  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofDays(1);

  /**
   * @throws IllegalArgumentException when a value is out of its range
   */
  public LeaseRequest {
    requireText("key", key);
    requireText("owner", owner);
    if (owner.contains(" ")) {
      throw new IllegalArgumentException(
          "The owner of a lease has no space in it, got '%s'.".formatted(owner));
    }
    if (ttl.compareTo(SHORTEST) < 0 || ttl.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "A lease lasts between %s and %s, got %s.".formatted(SHORTEST, LONGEST, ttl));
    }
    if (floor < 0 || floor >= Lease.MAX_TOKEN) {
      throw new IllegalArgumentException("No token of key '%s' is above %d.".formatted(key, floor));
    }
  }

  /** A request without a floor. */
  public static LeaseRequest of(String key, String owner, Duration ttl) {
    return new LeaseRequest(key, owner, ttl, 0);
  }

  /** The same for a token above this one. */
  public LeaseRequest above(long token) {
    return new LeaseRequest(key, owner, ttl, token);
  }

  private static void requireText(String what, String text) {
    if (text.isEmpty()
        || text.length() > MAX_CHARS
        || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "The %s of a lease is 1 to %d characters without control characters, got '%s'."
              .formatted(what, MAX_CHARS, OneLine.of(text)));
    }
  }
}
