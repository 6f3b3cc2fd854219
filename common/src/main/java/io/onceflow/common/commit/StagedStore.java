package io.onceflow.common.commit;

import java.io.Serializable;
import java.util.List;

/**
 * An external system that can apply an epoch and its marker in one atomic, idempotent step. The
 * object travels in the job graph: it must hold no connection and no secret, only references to
 * them.
 *
 * @param <T> the sink's input
 */
public interface StagedStore<T> extends Serializable {

  /** What the store calls itself in messages, such as {@code PostgreSQL at localhost:5432/db}. */
  String description();

  /** The tables or topics that rows go to; a {@link SegmentPart#target()} is an index into it. */
  List<String> targets();

  /** A new encoder for one writer. */
  RowEncoder<T> createEncoder();

  /**
   * A new session of one run. It connects when it is first used.
   *
   * @param runId the only run whose epochs the session may commit
   */
  StoreSession createSession(SinkId sinkId, String runId, OnReject onReject);
}
