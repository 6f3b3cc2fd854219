package io.onceflow.common.lock;

import io.onceflow.common.commit.RemoteSession;
import io.onceflow.common.commit.StoreException;
import java.util.Optional;

/**
 * A session of a store of leases. Every call is one atomic step of that store and may be repeated
 * after a retryable {@link StoreException}, over a new connection. All calls but {@link #abort}
 * come from one thread.
 *
 * <p>Guarantee: as long as the store keeps what it has acknowledged, the tokens of a key rise with
 * every holder. If it forgets, they may come again; then the {@link LeaseRequest#floor} brings them
 * above what the protected store has seen. Two holders at the same time are possible whenever a
 * clock or a network is not as expected.
 */
public interface Leases extends RemoteSession {

  /** Takes the key unless somebody else holds it. */
  LeaseAnswer tryAcquire(LeaseRequest request) throws StoreException;

  /**
   * Takes the key whoever holds it: the token is higher, the holder's renewals fail from now on.
   */
  Lease takeOver(LeaseRequest request) throws StoreException;

  /**
   * Holds the key for another term.
   *
   * @return empty when the lease has run out or somebody has taken it over: it is lost for good
   */
  Optional<Lease> renew(Lease lease) throws StoreException;

  /**
   * Gives the key back.
   *
   * @return false when it was not held any more
   */
  boolean release(Lease lease) throws StoreException;

  /** Who holds the key, if anybody does. */
  Optional<LeaseHolder> holder(String key) throws StoreException;
}
