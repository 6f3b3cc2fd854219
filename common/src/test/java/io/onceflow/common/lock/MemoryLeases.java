package io.onceflow.common.lock;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Leases without a server: they end when a test says so, and forget their tokens on request. */
class MemoryLeases implements Leases {

  final AtomicLong nanoTime = new AtomicLong();
  private final Map<String, Lease> held = new HashMap<>();
  private long lastToken;
  private boolean failing;
  boolean isClosed;

  /** As FLUSHALL does. */
  void forgetEverything() {
    held.clear();
    lastToken = 0;
  }

  /** Calls fail from now on, or work again. */
  void fail(boolean now) {
    failing = now;
  }

  private void reach() throws StoreException {
    if (failing) {
      throw new StoreException(ErrorClass.TRANSIENT, "The lease store does not answer.", null);
    }
  }

  @Override
  public LeaseAnswer tryAcquire(LeaseRequest request) throws StoreException {
    reach();
    var holder = held.get(request.key());
    if (holder != null && !holder.owner().equals(request.owner())) {
      return new LeaseAnswer.Held(holder(request.key()).orElseThrow());
    }
    return new LeaseAnswer.Acquired(takeOver(request));
  }

  @Override
  public Lease takeOver(LeaseRequest request) throws StoreException {
    reach();
    lastToken = Math.max(lastToken, request.floor()) + 1;
    var lease = Lease.of(request, lastToken, nanoTime.get());
    held.put(request.key(), lease);
    return lease;
  }

  @Override
  public Optional<Lease> renew(Lease lease) throws StoreException {
    reach();
    return isHeld(lease) ? Optional.of(lease.renewed(nanoTime.get())) : Optional.empty();
  }

  @Override
  public boolean release(Lease lease) throws StoreException {
    reach();
    return isHeld(lease) && held.remove(lease.key()) != null;
  }

  private boolean isHeld(Lease lease) {
    var holder = held.get(lease.key());
    return holder != null
        && holder.owner().equals(lease.owner())
        && holder.token() == lease.token();
  }

  @Override
  public Optional<LeaseHolder> holder(String key) throws StoreException {
    reach();
    return Optional.ofNullable(held.get(key))
        .map(lease -> new LeaseHolder(key, lease.owner(), lease.token(), Duration.ofSeconds(1)));
  }

  @Override
  public void abort() {
    failing = true;
  }

  @Override
  public void close() {
    isClosed = true;
  }
}
