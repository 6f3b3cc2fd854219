package io.onceflow.common.commit;

import java.io.Serializable;
import java.time.Duration;

/**
 * Where runs ask whether they may work for a sink. Travels in the job graph: no connection, no
 * secret. {@code io.onceflow.common.lock.SinkLeases} is one.
 */
public interface SinkGates extends Serializable {

  /** What it calls itself in messages. */
  String description();

  /** How long a run may have to wait until it knows whether it may enter. */
  Duration longestWait();

  /**
   * A new session of one operator of a run. It connects when it is first used.
   *
   * @param runId the same for all operators and all attempts of one submission, which enter
   *     together
   */
  SinkGate connect(SinkId sinkId, String runId);
}
