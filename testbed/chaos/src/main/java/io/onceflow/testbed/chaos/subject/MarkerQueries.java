package io.onceflow.testbed.chaos.subject;

import java.util.List;

/** What a store's own records of a sink may never say (O8), in SQL that both databases take. */
final class MarkerQueries {

  private MarkerQueries() {}

  /**
   * Queries whose rows are sentences about what is wrong.
   *
   * @param schema of the tables of Onceflow
   */
  static List<String> of(String schema, String sinkId) {
    return List.of(
        """
        SELECT concat('Marker ', m.transaction_id, ' is of lineage ', m.lineage, ', the sink of ', s.lineage, '.')
        FROM %1$s.marker m JOIN %1$s.sink s ON s.sink_id = m.sink_id
        WHERE m.sink_id = '%2$s' AND m.lineage <> s.lineage"""
            .formatted(schema, sinkId),
        """
        SELECT concat('Marker ', m.transaction_id, ' is of checkpoint ', m.checkpoint_id,
          ', the newest one of the sink is ', s.last_checkpoint_id, '.')
        FROM %1$s.marker m JOIN %1$s.sink s ON s.sink_id = m.sink_id
        WHERE m.sink_id = '%2$s' AND m.checkpoint_id > s.last_checkpoint_id"""
            .formatted(schema, sinkId),
        """
        SELECT concat('Marker ', m.transaction_id, ' is of a sink that there is no record of.')
        FROM %1$s.marker m LEFT JOIN %1$s.sink s ON s.sink_id = m.sink_id
        WHERE m.sink_id = '%2$s' AND s.sink_id IS NULL"""
            .formatted(schema, sinkId),
        """
        SELECT concat('Marker ', m.transaction_id, ' belongs to epoch ', m.decision_id, ', which nobody decided.')
        FROM %1$s.marker m LEFT JOIN %1$s.decision d ON d.transaction_id = m.decision_id
        WHERE m.sink_id = '%2$s' AND m.decision_id IS NOT NULL AND d.transaction_id IS NULL"""
            .formatted(schema, sinkId));
  }

  /**
   * Queries for PREPARED transactions that are visible although nobody decided on their checkpoint:
   * before the first of an epoch is committed its decision is there, and in one step the last one's
   * marker gets its checkpoint and the decision is finished.
   */
  static List<String> undecided(String schema, String sinkId) {
    return List.of(
        """
        SELECT m.epoch, m.rows_by_target FROM %1$s.marker m
        WHERE m.sink_id = '%2$s' AND m.checkpoint_id IS NULL AND NOT EXISTS
          (SELECT 1 FROM %1$s.decision d WHERE d.sink_id = m.sink_id AND d.finished_at IS NULL)"""
            .formatted(schema, sinkId));
  }
}
