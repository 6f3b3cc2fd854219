package io.onceflow.common.lock;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkGate;
import io.onceflow.common.commit.SinkGates;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Lets one run at a time work for a sink, by a lease of the key {@code sink/ID} whose owner is the
 * run. Restarts of a run have its id and so its lease. A job does not give it back, because a task
 * that ends may be restarted: whoever comes next waits until it has run out.
 *
 * @param store where the leases are
 * @param ttl how long a run that is gone keeps others out, and how long the store may be down
 *     before a job that works ends
 */
public record SinkLeases(LeaseStore store, Duration ttl) implements SinkGates {

  /** Long enough for a pause of the JVM and a restart of the store. */
  public static final Duration DEFAULT_TTL = Duration.ofSeconds(30);

  /** Checks that both are there. */
  public SinkLeases {
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(ttl, "ttl");
  }

  /** Leases of the default length. */
  public static SinkLeases of(LeaseStore store) {
    return new SinkLeases(store, DEFAULT_TTL);
  }

  /** What a sink's lease is called. */
  public static String key(SinkId sinkId) {
    return "sink/" + sinkId;
  }

  @Override
  public String description() {
    return store.description();
  }

  @Override
  public Duration longestWait() {
    return ttl;
  }

  @Override
  public SinkGate connect(SinkId sinkId, String runId) {
    return new Gate(this, LeaseRequest.of(key(sinkId), runId, ttl));
  }

  private static final class Gate implements SinkGate {

    private final SinkLeases settings;
    private final LeaseRequest request;
    private final Leases leases;
    private long heldSinceNanos;
    private boolean isHeld;
    private volatile Lease lease;

    Gate(SinkLeases settings, LeaseRequest request) {
      this.settings = settings;
      this.request = request;
      this.leases = settings.store().connect();
    }

    @Override
    public void enter() throws StoreException {
      var answer = leases.tryAcquire(request);
      if (answer instanceof LeaseAnswer.Held held) {
        throw occupied(held.holder());
      }
      lease = ((LeaseAnswer.Acquired) answer).lease();
    }

    /** Whoever still holds it after a whole term has renewed it meanwhile. */
    private StoreException occupied(LeaseHolder holder) {
      var now = System.nanoTime();
      if (!isHeld) {
        isHeld = true;
        heldSinceNanos = now + Math.max(0, holder.remaining().minus(settings.ttl()).toNanos());
      }
      if (now - heldSinceNanos <= settings.ttl().toNanos()) {
        return new StoreException(
            ErrorClass.TRANSIENT,
            "Run %s holds the lease '%s' for another %d ms; if it does not renew it, this run may begin then."
                .formatted(holder.owner(), holder.key(), holder.remaining().toMillis()),
            null);
      }
      return new StoreException(
          ErrorClass.FENCED,
          "Run %s is at work for this sink: it holds the lease '%s' (token %d) and renews it. Stop its job first, or start this one with lease: take-over."
              .formatted(holder.owner(), holder.key(), holder.token()),
          null);
    }

    @Override
    public void takeOver() throws StoreException {
      lease = leases.takeOver(request);
    }

    @Override
    public Optional<Occupant> occupant() throws StoreException {
      return leases
          .holder(request.key())
          .map(holder -> new Occupant(holder.owner(), holder.remaining()));
    }

    @Override
    public void leave() throws StoreException {
      if (lease != null) {
        leases.release(lease);
      }
    }

    @Override
    public Stay stay(Duration patience, Consumer<StoreException> onLoss) {
      var keeper =
          LeaseKeeper.start(
              settings.store().connect(), lease, patience, lost -> onLoss.accept(loss(lost)));
      return new Stay() {
        @Override
        public void progress() {
          keeper.progress();
        }

        @Override
        public void close() {
          keeper.close();
        }
      };
    }

    private static StoreException loss(LeaseLostException lost) {
      return new StoreException(
          lost.isHeldByAnother() ? ErrorClass.FENCED : ErrorClass.TRANSIENT,
          lost.getMessage() + " This job stops and finishes nothing that it has begun.",
          lost);
    }

    @Override
    public void abort() {
      leases.abort();
    }

    @Override
    public void close() {
      leases.close();
    }
  }
}
