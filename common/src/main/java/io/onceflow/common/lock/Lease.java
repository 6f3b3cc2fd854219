package io.onceflow.common.lock;

import java.time.Duration;
import java.util.Objects;

/**
 * A key that one owner holds for a time. Immutable; a renewal makes a new one with the same token.
 *
 * <p>Whether it has run out is told by this JVM's monotonic clock, counted from before the request
 * was sent: earlier than the lease's own store thinks, unless one of the two clocks runs at another
 * speed. It is a reason to stop working. It is no proof of anything: pass the token to the store
 * that is written to.
 *
 * @param key what is locked
 * @param owner who holds it: unique among everybody who may ever lock the key at the same time
 * @param token higher than that of every holder of the key before, as far as the lease's store
 *     remembers them
 * @param ttl for how long it was given
 * @param expiresAtNanos when it runs out, on {@link System#nanoTime()}'s scale
 */
public record Lease(String key, String owner, long token, Duration ttl, long expiresAtNanos) {

  /** The highest token: scripts of Redis count in doubles, which are exact up to here. */
  public static final long MAX_TOKEN = (1L << 53) - 1;

  /**
   * @throws IllegalArgumentException when the token is out of range
   */
  public Lease {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(ttl, "ttl");
    if (token < 1 || token > MAX_TOKEN) {
      throw new IllegalArgumentException(
          "Token %d of key '%s' is not between 1 and %d.".formatted(token, key, MAX_TOKEN));
    }
  }

  /** A lease as a store has given it. */
  public static Lease of(LeaseRequest request, long token, long askedAtNanos) {
    return new Lease(
        request.key(),
        request.owner(),
        token,
        request.ttl(),
        askedAtNanos + request.ttl().toNanos());
  }

  /** The same for another term. */
  public Lease renewed(long askedAtNanos) {
    return new Lease(key, owner, token, ttl, askedAtNanos + ttl.toNanos());
  }

  /** How much of it is left at a moment of {@link System#nanoTime()}; zero or less: none. */
  public Duration remaining(long nanoTime) {
    return Duration.ofNanos(expiresAtNanos - nanoTime);
  }

  /** Whether its holder has to stop now. */
  public boolean isExpired(long nanoTime) {
    return expiresAtNanos - nanoTime <= 0;
  }
}
