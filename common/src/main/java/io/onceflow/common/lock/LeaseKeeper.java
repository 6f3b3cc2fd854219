package io.onceflow.common.lock;

import io.onceflow.common.commit.StoreException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews a lease for as long as its holder makes progress, on threads of its own. A watchdog that
 * renews while the process lives would keep a key for a job that hangs; this one stops when nobody
 * has called {@link #progress} for the patience, and the lease runs out.
 *
 * <p>A lease is lost when the store says so, or when it has run out by this JVM's monotonic clock:
 * because of no progress, a store that does not answer, or a JVM that was paused. Lost is final,
 * even if the store would still renew it: the listener is called once, on the thread that finds
 * out, and {@link #requireHeld} throws from then on. No wall clock is read.
 *
 * <p>Thread-safe. {@link #close} stops renewing and closes the session; it does not give the lease
 * back.
 */
public final class LeaseKeeper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  private static final int RENEWALS_PER_TTL = 3;

  /**
   * What a keeper needs of the world; tests have another one.
   *
   * @param thread one to renew, and one that is there when that hangs
   */
  record World(ScheduledExecutorService thread, LongSupplier nanoTime) {

    static World real() {
      return new World(Executors.newScheduledThreadPool(2, LeaseKeeper::daemon), System::nanoTime);
    }
  }

  private final Leases leases;
  private final Duration patience;
  private final Consumer<LeaseLostException> onLoss;
  private final World world;
  private final AtomicReference<LeaseLostException> loss = new AtomicReference<>();

  private volatile Lease lease;
  private volatile long progressAtNanos;
  private volatile String trouble = "";

  LeaseKeeper(
      Leases leases,
      Lease lease,
      Duration patience,
      Consumer<LeaseLostException> onLoss,
      World world) {
    this.leases = leases;
    this.lease = lease;
    this.patience = patience;
    this.onLoss = onLoss;
    this.world = world;
    this.progressAtNanos = world.nanoTime().getAsLong();
  }

  /**
   * Begins to renew.
   *
   * @param leases a session that the keeper has for itself and closes
   * @param patience how long the holder may be without progress
   * @param onLoss called once when the lease is lost; it must not block
   */
  public static LeaseKeeper start(
      Leases leases, Lease lease, Duration patience, Consumer<LeaseLostException> onLoss) {
    var keeper = new LeaseKeeper(leases, lease, patience, onLoss, World.real());
    keeper.schedule();
    return keeper;
  }

  private static Thread daemon(Runnable task) {
    var thread = new Thread(task, "onceflow-lease");
    thread.setDaemon(true);
    return thread;
  }

  private void schedule() {
    var pauseMs = Math.max(1, lease.ttl().toMillis() / RENEWALS_PER_TTL);
    var thread = world.thread();
    thread.scheduleWithFixedDelay(this::renew, pauseMs, pauseMs, TimeUnit.MILLISECONDS);
    thread.scheduleWithFixedDelay(this::loseWhatHasRunOut, pauseMs, pauseMs, TimeUnit.MILLISECONDS);
  }

  /** The holder has got on: a checkpoint has completed. */
  public void progress() {
    progressAtNanos = world.nanoTime().getAsLong();
  }

  /** The lease as it was renewed last. */
  public Lease lease() {
    return lease;
  }

  /**
   * @throws LeaseLostException when the lease is lost; also while a renewal hangs
   */
  public void requireHeld() throws LeaseLostException {
    loseWhatHasRunOut();
    var lost = loss.get();
    if (lost != null) {
      throw lost;
    }
  }

  /** One turn of the thread that renews. */
  void renew() {
    loseWhatHasRunOut();
    if (loss.get() != null || isStalled()) {
      return;
    }
    trouble = " Its store did not answer.";
    try {
      var renewed = leases.renew(lease);
      if (renewed.isEmpty()) {
        loseToSomebody();
        return;
      }
      trouble = "";
      lease = renewed.get();
    } catch (StoreException e) {
      trouble = " " + e.getMessage();
      LOG.warn("Key '{}': the lease was not renewed: {}", lease.key(), e.getMessage());
    } catch (RuntimeException e) {
      // A scheduled task that throws is never run again.
      trouble = " " + e;
      LOG.warn("Key '{}': the lease was not renewed.", lease.key(), e);
    }
  }

  private boolean isStalled() {
    var idle = Duration.ofNanos(world.nanoTime().getAsLong() - progressAtNanos);
    if (idle.compareTo(patience) <= 0) {
      return false;
    }
    trouble =
        " Its holder has made no progress for %d s, so it was not renewed."
            .formatted(idle.toSeconds());
    return true;
  }

  private void loseWhatHasRunOut() {
    if (lease.isExpired(world.nanoTime().getAsLong())) {
      lose(
          "The lease of key '%s' (owner %s, token %d) has run out."
                  .formatted(lease.key(), lease.owner(), lease.token())
              + trouble,
          false);
    }
  }

  private void loseToSomebody() throws StoreException {
    var holder = leases.holder(lease.key());
    var isOther = holder.isPresent() && !holder.get().owner().equals(lease.owner());
    lose(
        "The lease of key '%s' (owner %s, token %d) is lost: %s."
            .formatted(
                lease.key(),
                lease.owner(),
                lease.token(),
                isOther
                    ? "%s holds it with token %d"
                        .formatted(holder.get().owner(), holder.get().token())
                    : "its store knows it no more"),
        isOther);
  }

  private void lose(String message, boolean heldByAnother) {
    var lost = new LeaseLostException(message, heldByAnother);
    if (loss.compareAndSet(null, lost)) {
      onLoss.accept(lost);
    }
  }

  @Override
  public void close() {
    leases.abort();
    world.thread().submit(leases::close);
    world.thread().shutdown();
  }
}
