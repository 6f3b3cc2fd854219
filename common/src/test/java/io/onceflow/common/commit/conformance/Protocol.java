package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import java.util.List;
import java.util.Set;

/** The two phases of a strategy as a job's operators drive them, for cases that all share. */
public interface Protocol {

  /** A session for phase 2. */
  StoreSession createSession(SinkId sinkId, String runId, OnReject onReject);

  /**
   * Phase 1: makes the rows of each writer durable.
   *
   * @param empty the epoch without its rows
   * @param rowsOfWriters what each writer was given
   */
  Epoch seal(Epoch empty, List<List<TestRow>> rowsOfWriters, OnReject onReject)
      throws StoreException, RowRejectedException;

  /** Phase 2. */
  void commit(StoreSession session, Epoch epoch) throws StoreException;

  /** The transactions whose markers tell that the epoch is committed. */
  List<String> markersOf(Epoch epoch);

  /** Whether an epoch becomes visible as a whole. */
  boolean isAtomic();

  /** The crash points that phase 2 must pass when it commits an epoch with rows. */
  Set<String> steps();
}
