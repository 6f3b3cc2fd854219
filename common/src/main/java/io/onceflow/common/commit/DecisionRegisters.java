package io.onceflow.common.commit;

import java.io.Serializable;

/**
 * Where a sink's decision register is. Travels in the job graph: no connection, no secret. A
 * register in another linearizable store implements this, {@link DecisionRegister} and {@link
 * ResolverRegister}; {@link RegisterRules} decides for all of them.
 */
public interface DecisionRegisters extends Serializable {

  /** What the register calls itself in messages. */
  String description();

  /**
   * A new session of one run of one sink. It connects when it is first used.
   *
   * @param pipeline the name that all sinks of one job share
   * @param runId the only run in whose name the session votes and decides
   */
  DecisionRegister connect(String pipeline, SinkId sinkId, String runId);

  /** A new session that settles what is in doubt without the job. */
  ResolverRegister connectResolver();
}
