package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.lock.Lease;

/** The names of a sink's keys. All of them share the hash tag of the prefix. */
final class Names {

  private Names() {}

  /** What rows are written to, for messages and dead letters. */
  static String rows(String prefix) {
    return prefix + "*";
  }

  /** No key of a row begins so. */
  static String reserved(String prefix) {
    return prefix + "onceflow:";
  }

  /** The hash with a sink's record, runs and markers. */
  static String record(String prefix, SinkId sinkId) {
    return reserved(prefix) + "sink:" + sinkId;
  }

  /** The stream of dead letters of all sinks of the prefix. */
  static String deadLetters(String prefix) {
    return reserved(prefix) + "dead-letters";
  }

  /** The holder of a lock key: {@link #leaseText}, until it expires. */
  static String lease(String prefix, String lockKey) {
    return reserved(prefix) + "lease:" + lockKey;
  }

  /** What a lease's key holds. */
  static String leaseText(Lease lease) {
    return lease.token() + " " + lease.owner();
  }

  /** The counter that tokens come from. */
  static String leaseTokens(String prefix) {
    return reserved(prefix) + "lease-tokens";
  }

  /** The highest token that was seen of a lock key, and its owner. */
  static String fence(String prefix, String lockKey) {
    return reserved(prefix) + "fence:" + lockKey;
  }

  /** A key that never exists. */
  static String probe(String prefix) {
    return reserved(prefix) + "probe";
  }
}
