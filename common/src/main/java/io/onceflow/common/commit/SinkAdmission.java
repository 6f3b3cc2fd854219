package io.onceflow.common.commit;

import java.io.Serializable;
import java.time.Duration;

/**
 * How a run is let in beside its claim.
 *
 * @param policy what happens when another run works for the sink
 * @param gates who tells; null with policy NONE
 * @param patience how long a job that completes no checkpoint counts as alive
 */
record SinkAdmission(LeasePolicy policy, SinkGates gates, Duration patience)
    implements Serializable {

  /** Everybody may enter. */
  static final SinkAdmission FREE = new SinkAdmission(LeasePolicy.NONE, null, Duration.ZERO);
}
