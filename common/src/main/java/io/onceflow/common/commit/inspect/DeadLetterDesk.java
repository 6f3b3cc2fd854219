package io.onceflow.common.commit.inspect;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.util.Collection;
import java.util.List;

/** Lists and settles rows that their target refused. A settled row stays, marked as such. */
public interface DeadLetterDesk {

  /** Rejected rows that are not settled, or all; newest first. */
  List<DeadLetterRow> list(SinkId sinkId, boolean settledToo, int limit) throws StoreException;

  /** The rows with these numbers; a number that is not there is left out. */
  List<DeadLetterRow> find(SinkId sinkId, Collection<Long> ids) throws StoreException;

  /**
   * Inserts rows into their targets as part of the epochs they came with, in one transaction with
   * their audit rows: all or none.
   *
   * @return how many were inserted
   * @throws StoreException when one is refused again, is settled, or is no row at all
   */
  int replay(SinkId sinkId, Collection<Long> ids, Actor actor) throws StoreException;

  /**
   * Gives rows up, in one transaction with their audit rows.
   *
   * @param reason for the audit
   */
  int discard(SinkId sinkId, Collection<Long> ids, String reason, Actor actor)
      throws StoreException;
}
