package io.onceflow.common.lock;

import java.io.Serializable;

/**
 * Where leases are. Travels in the job graph: no connection, no secret. It need not be the store
 * that the leases protect.
 */
public interface LeaseStore extends Serializable {

  /** What it calls itself in messages, such as {@code leases in Redis at localhost:6379}. */
  String description();

  /** A new session. It connects when it is first used. */
  Leases connect();
}
