package io.onceflow.common.lock;

import io.onceflow.common.commit.RetryPolicy;
import io.onceflow.common.commit.StoreException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs pieces of work under the lease of a key, for user functions whose effects are their own.
 *
 * <pre>{@code
 * section.run("account/17", lease -> {
 *   PostgresFence.raise(connection, lease);   // first statement of the transaction
 *   ...read and write...
 *   connection.commit();
 *   return result;
 * });
 * }</pre>
 *
 * <p>Guarantee: at most one section of a key is at work while clocks and servers behave. When they
 * do not, two may be, and then the store that is written to refuses the one with the lower token,
 * if and only if the section passes its lease to it, first of all. A section of a job that fails is
 * run again after the restore, so its effect must be idempotent: a lock makes nothing exactly once.
 *
 * <p>One thread, which waits for the store and for whoever holds the key. A section must be shorter
 * than the time to live; it is not renewed. {@link #close} from the same thread; interrupting the
 * thread ends the waiting for a holder; a request under way ends with the store's socket timeout.
 */
public final class LockedSection implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LockedSection.class);

  /** Each run begins above all tokens that the store had seen then. */
  private static final int MAX_RUNS = 3;

  private final Leases leases;
  private final String owner;
  private final Duration ttl;
  private final RetryPolicy waiting;

  private LockedSection(Leases leases, String owner, Duration ttl, RetryPolicy waiting) {
    this.leases = leases;
    this.owner = owner;
    this.ttl = ttl;
    this.waiting = waiting;
  }

  /**
   * Connects when it is first used.
   *
   * @param owner names the caller in messages, such as job and subtask; no spaces
   * @param ttl how long a section may take
   * @param waiting how long and how often the key is asked for while somebody else holds it or the
   *     lease store does not answer
   */
  public static LockedSection of(
      LeaseStore store, String owner, Duration ttl, RetryPolicy waiting) {
    return new LockedSection(store.connect(), owner, ttl, waiting);
  }

  /**
   * What is done under the lease.
   *
   * @param <R> its result
   */
  public interface Section<R> {
    /**
     * Does it. It may be called again when the store has refused the token, so a refused
     * transaction must be rolled back.
     *
     * @param lease to be passed to the store before anything is read or written
     */
    R run(Lease lease) throws Exception;
  }

  /**
   * Waits for the key, runs the section, gives the key back.
   *
   * @throws LeaseLostException when somebody else held the key for too long; nothing was run
   * @throws FencedException when the store has refused the token, because somebody else has taken
   *     the key since
   * @throws StoreException when the lease store cannot be used
   */
  public <R> R run(String key, Section<R> section) throws Exception {
    var request = LeaseRequest.of(key, owner + "/" + UUID.randomUUID(), ttl);
    for (var run = 1; ; run++) {
      var lease = acquire(request);
      try {
        return section.run(lease);
      } catch (FencedException e) {
        if (run == MAX_RUNS || !isStillHeld(lease, e)) {
          throw e;
        }
        // Ours by its store and refused by the other one: the lease store has lost its tokens.
        LOG.warn("Key '{}': {} Taking it again above that.", key, e.getMessage());
        request = request.above(e.highestToken());
      } finally {
        release(lease);
      }
    }
  }

  private Lease acquire(LeaseRequest request) throws Exception {
    var deadline = System.nanoTime() + waiting.maxElapsed().toNanos();
    for (var retry = 0; ; retry++) {
      var isLast = System.nanoTime() > deadline;
      try {
        var answer = leases.tryAcquire(request);
        if (answer instanceof LeaseAnswer.Acquired acquired) {
          return acquired.lease();
        }
        if (isLast) {
          throw busy(request, ((LeaseAnswer.Held) answer).holder());
        }
      } catch (StoreException e) {
        if (isLast || !e.retryable()) {
          throw e;
        }
        LOG.warn("Key '{}': {} Trying again.", request.key(), e.getMessage());
      }
      TimeUnit.MILLISECONDS.sleep(1 + waiting.backoffMs(retry, RandomGenerator.getDefault()));
    }
  }

  private LeaseLostException busy(LeaseRequest request, LeaseHolder holder) {
    return new LeaseLostException(
        "Key '%s' was held by %s (token %d) for %s: nothing was done."
            .formatted(request.key(), holder.owner(), holder.token(), waiting.maxElapsed()),
        true);
  }

  /** Who cannot tell does not write. */
  private boolean isStillHeld(Lease lease, FencedException refusal) {
    try {
      return leases.renew(lease).isPresent();
    } catch (StoreException e) {
      refusal.addSuppressed(e);
      return false;
    }
  }

  /** What cannot be given back runs out; the section's result must not be lost for that. */
  private void release(Lease lease) {
    try {
      leases.release(lease);
    } catch (StoreException e) {
      LOG.warn("Key '{}': the lease was not given back: {}", lease.key(), e.getMessage());
    }
  }

  @Override
  public void close() {
    leases.close();
  }
}
