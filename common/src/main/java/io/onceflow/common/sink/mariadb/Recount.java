package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.inspect.RowCheck;
import io.onceflow.common.commit.inspect.RowCheck.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Counts what is in a sink's tables and compares it with the markers. Contents are not compared:
 * MariaDB's markers hold no sums of rows. Rows that a table refused are subtracted while they are
 * dead letters: refused by the server, they were sealed for the table and are JSON.
 *
 * <p>It is not recorded whether the sink appends to a table or upserts. That it appends is known
 * when no unique index is there, which upserts need, and when a transaction that was prepared has
 * written to it, for those only append. Otherwise fewer rows than were sealed may be all of them.
 */
record Recount(Connection connection, MariaDbConnector connector, SinkId sinkId) {

  private static final int NO_SELECT = 1142;
  private static final String REFUSED = "row_text LIKE '{%' AND NOT (settled <=> 'replayed')";

  /** A live job commits meanwhile: markers and rows must be of one moment. */
  static void useOneSnapshot(Connection connection) throws SQLException {
    MariaDbLink.execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    MariaDbLink.execute(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  }

  /** What a marker says of one target. */
  private record Expected(Long checkpointId, long rows) {}

  List<RowCheck> checks() throws SQLException {
    var checks = new ArrayList<RowCheck>();
    for (var target : targets()) {
      check(target, checks);
    }
    checks.addAll(deadLetters());
    return checks;
  }

  private TreeSet<String> targets() throws SQLException {
    var targets = new TreeSet<String>();
    query("SELECT DISTINCT rows_by_target FROM %1$s WHERE sink_id = ?", sinkId.value())
        .list(connection, row -> InspectionTables.rowsByTarget(row.getString(1)).keySet())
        .forEach(targets::addAll);
    targets.remove(deadLetterTarget());
    return targets;
  }

  private String deadLetterTarget() {
    return connector.onceflowDatabase() + "." + DeadLetters.TABLE;
  }

  private void check(String target, List<RowCheck> checks) throws SQLException {
    var expected = expected(target);
    var sealed = expected.values().stream().mapToLong(Expected::rows).sum();
    var table = TableName.parse(target);
    var shape = TableShape.of(connection, table.databaseOr(connector.database()), table.table());
    if (shape == null) {
      checks.add(
          inTotal(
              target,
              sealed,
              null,
              State.DIFFERENT,
              "The table is gone, or this account may not use it."));
      return;
    }
    try {
      var appends = shape.uniqueIndexes().isEmpty() || isPrepared(target);
      var actual = shape.hasEpoch() ? byEpoch(table) : Map.<Long, Long>of();
      if (actual.keySet().stream().anyMatch(expected::containsKey)) {
        checks.addAll(perEpoch(target, expected, actual, appends));
      } else {
        checks.add(total(target, sealed, rows(table), appends));
      }
    } catch (SQLException e) {
      if (e.getErrorCode() != NO_SELECT) {
        throw e;
      }
      checks.add(
          inTotal(
              target,
              sealed,
              null,
              State.NOT_CHECKABLE,
              "This account may not read the table: GRANT SELECT on it."));
    }
  }

  private Map<Long, Expected> expected(String target) throws SQLException {
    var expected = new HashMap<Long, Expected>();
    query(
            """
            SELECT m.epoch, m.checkpoint_id, JSON_VALUE(m.rows_by_target, concat('$."', ?, '"')) - coalesce(d.n, 0) AS n
            FROM %1$s m LEFT JOIN (
              SELECT epoch, count(*) AS n FROM %2$s WHERE sink_id = ? AND target = ? AND %3$s GROUP BY epoch) d
              ON d.epoch = m.epoch
            WHERE m.sink_id = ?
            """,
            target, sinkId.value(), target, sinkId.value())
        .list(
            connection,
            row -> {
              var rows = Query.number(row, "n");
              return rows == null
                  ? null
                  : expected.put(
                      row.getLong("epoch"), new Expected(Query.number(row, "checkpoint_id"), rows));
            });
    return expected;
  }

  private boolean isPrepared(String target) throws SQLException {
    return query(
                """
                SELECT EXISTS (SELECT 1 FROM %1$s WHERE sink_id = ? AND decision_id <> transaction_id
                  AND JSON_VALUE(rows_by_target, concat('$."', ?, '"')) > 0)
                """,
                sinkId.value(), target)
            .number(connection)
        > 0;
  }

  private Map<Long, Long> byEpoch(TableName table) throws SQLException {
    var rows = new HashMap<Long, Long>();
    query(
            """
            SELECT t.epoch, count(*) FROM %4$s t
            WHERE NOT EXISTS (SELECT 1 FROM %1$s o WHERE o.epoch = t.epoch AND o.sink_id <> ?) GROUP BY 1
            """,
            table, sinkId.value())
        .list(connection, row -> rows.put(row.getLong(1), row.getLong(2)));
    return rows;
  }

  private long rows(TableName table) throws SQLException {
    return new Query("SELECT count(*) FROM " + table.quoted()).number(connection);
  }

  /** An epoch without a marker of any sink may be one whose marker was pruned, if it is older. */
  private List<RowCheck> perEpoch(
      String target, Map<Long, Expected> expected, Map<Long, Long> actual, boolean appends)
      throws SQLException {
    var first = expected.keySet().stream().mapToLong(Long::longValue).min().orElse(0);
    var isPruned = isPruned();
    var epochs = new HashSet<>(expected.keySet());
    epochs.addAll(actual.keySet());
    var checks = new TreeMap<Long, RowCheck>();
    for (var epoch : epochs) {
      var wanted = expected.get(epoch);
      var found = actual.getOrDefault(epoch, 0L);
      var state =
          wanted == null
              ? isPruned && epoch < first ? State.NOT_CHECKABLE : State.DIFFERENT
              : state(wanted.rows(), found, appends);
      var reason =
          wanted != null
              ? reason(state, wanted.rows(), found)
              : state == State.DIFFERENT
                  ? "No marker of any sink has this epoch."
                  : "Its marker was pruned.";
      checks.put(
          epoch,
          new RowCheck(
              target,
              epoch,
              wanted == null ? null : wanted.checkpointId(),
              wanted == null ? null : wanted.rows(),
              found,
              false,
              state,
              reason));
    }
    return List.copyOf(checks.values());
  }

  private RowCheck total(String target, long expected, long actual, boolean appends)
      throws SQLException {
    if (isPruned()) {
      return inTotal(
          target,
          expected,
          actual,
          State.NOT_CHECKABLE,
          "Markers were pruned, and the rows do not say which epoch brought them.");
    }
    var state =
        expected == actual && !appends ? State.NOT_CHECKABLE : state(expected, actual, appends);
    return inTotal(target, expected, actual, state, reason(state, expected, actual));
  }

  private static State state(long expected, long actual, boolean appends) {
    if (expected == actual) {
      return State.EQUAL;
    }
    return actual > expected || appends ? State.DIFFERENT : State.NOT_CHECKABLE;
  }

  private static String reason(State state, long expected, long actual) {
    return switch (state) {
      case EQUAL -> "";
      case NOT_CHECKABLE ->
          "Appends or upserts? That is not recorded, and upserts keep only the last write per key.";
      case DIFFERENT ->
          actual < expected ? "Rows are missing." : "There are more rows than were committed.";
    };
  }

  private static RowCheck inTotal(
      String target, Long expected, Long actual, State state, String reason) {
    return new RowCheck(target, null, null, expected, actual, false, state, reason);
  }

  private boolean isPruned() throws SQLException {
    return query(
                "SELECT coalesce(max(low_water_checkpoint_id), 0) FROM %5$s WHERE sink_id = ?",
                sinkId.value())
            .number(connection)
        > 0;
  }

  /** What the markers count as rejected must be there as dead letters, settled or not. */
  private List<RowCheck> deadLetters() throws SQLException {
    return query(
            """
            SELECT m.epoch, m.checkpoint_id, m.rejected AS expected, coalesce(d.n, 0) AS actual
            FROM %1$s m
            LEFT JOIN (SELECT epoch, count(*) AS n FROM %2$s WHERE sink_id = ? GROUP BY epoch) d ON d.epoch = m.epoch
            WHERE m.sink_id = ? AND (m.rejected > 0 OR d.n > 0) ORDER BY m.epoch
            """,
            sinkId.value(), sinkId.value())
        .list(
            connection,
            row -> {
              var expected = row.getLong("expected");
              var actual = row.getLong("actual");
              var state = state(expected, actual, true);
              return new RowCheck(
                  deadLetterTarget(),
                  row.getLong("epoch"),
                  Query.number(row, "checkpoint_id"),
                  expected,
                  actual,
                  false,
                  state,
                  reason(state, expected, actual));
            });
  }

  private Query query(String sql, Object... parameters) {
    return query(sql, null, parameters);
  }

  private Query query(String sql, TableName table, Object... parameters) {
    var names = new OnceflowTables(connector.onceflowDatabase());
    return new Query(
        sql.formatted(
            names.marker(),
            names.deadLetter(),
            REFUSED,
            table == null ? "" : table.quoted(),
            names.sink()),
        parameters);
  }
}
