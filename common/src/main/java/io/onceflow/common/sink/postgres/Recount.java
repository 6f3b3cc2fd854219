package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.inspect.RowCheck;
import io.onceflow.common.commit.inspect.RowCheck.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Counts what is in a sink's tables and compares it with the markers. Rows that a table refused are
 * subtracted while they are dead letters: refused by the server, they were sealed for the table and
 * are JSON; refused by the mapping, they never were.
 */
final class Recount {

  private static final String DEAD_LETTERS = DeadLetters.TABLE;

  private final Connection connection;
  private final SinkId sinkId;

  Recount(Connection connection, SinkId sinkId) {
    this.connection = connection;
    this.sinkId = sinkId;
  }

  /** A live job commits meanwhile: markers and rows must be of one moment. */
  static void useOneSnapshot(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    }
  }

  List<RowCheck> checks() throws SQLException {
    var checks = new ArrayList<RowCheck>();
    var targets =
        new Query(
                "SELECT DISTINCT jsonb_object_keys(rows_by_target) FROM onceflow.marker WHERE sink_id = ? ORDER BY 1",
                sinkId.value())
            .list(connection, row -> row.getString(1));
    for (var target : targets) {
      if (!target.equals(DEAD_LETTERS)) {
        check(target, checks);
      }
    }
    checks.addAll(deadLetters());
    return checks;
  }

  private void check(String target, List<RowCheck> checks) throws SQLException {
    var table = Identifier.parse(target);
    if (new Query("SELECT to_regclass(?) IS NULL", table.quoted()).text(connection).equals("t")) {
      checks.add(inTotal(target, expected(target), null, State.DIFFERENT, "The table is gone."));
      return;
    }
    var how = mapping(target);
    var epochColumn = epochColumn(table);
    if (how.kind() == Kind.UPSERT) {
      checks.add(
          inTotal(
              target,
              expected(target),
              rows(table),
              State.NOT_CHECKABLE,
              "Rows are upserted: the last write per key stays, and how many keys there were is not recorded."));
    } else if (epochColumn != null) {
      checks.addAll(perEpoch(target, table, epochColumn, how));
    } else {
      checks.add(total(target, table, how));
    }
  }

  /** How the sink writes a table. */
  private enum Kind {
    APPEND,
    UPSERT,
    UNKNOWN
  }

  /**
   * How the sink writes a table, as its claims say.
   *
   * @param kind whether it appends
   * @param columns the mapped ones, or none when the mapping has changed over time
   */
  private record Mapping(Kind kind, List<String> columns) {}

  private Mapping mapping(String target) throws SQLException {
    var found =
        new Query(
                "SELECT appends, columns FROM onceflow.mapping WHERE sink_id = ? AND target = ?",
                sinkId.value(),
                target)
            .list(
                connection,
                row ->
                    new Mapping(
                        row.getBoolean(1) ? Kind.APPEND : Kind.UPSERT,
                        List.of((String[]) row.getArray(2).getArray())));
    var kinds = found.stream().map(Mapping::kind).distinct().toList();
    return new Mapping(
        kinds.size() == 1 ? kinds.get(0) : Kind.UNKNOWN,
        found.size() == 1 ? found.get(0).columns() : List.of());
  }

  /** The sums over the rows that are there, by group; empty when they cannot be compared. */
  private Map<Long, Long> sums(Identifier table, Mapping how, String groupBy) throws SQLException {
    var sums = new TableSums(connection, table, how.columns());
    return how.kind() == Kind.APPEND && !how.columns().isEmpty() && sums.isPossible()
        ? sums.read(groupBy)
        : Map.of();
  }

  private String epochColumn(Identifier table) throws SQLException {
    var sql =
        """
        SELECT a.attname FROM pg_attribute a JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE a.attrelid = ?::regclass AND NOT a.attisdropped
          AND pg_get_expr(d.adbin, d.adrelid) LIKE '%current_setting(''onceflow.epoch''%'
        ORDER BY a.attnum LIMIT 1
        """;
    var columns =
        new Query(sql, table.quoted()).list(connection, row -> Identifier.quote(row.getString(1)));
    return columns.isEmpty() ? null : columns.get(0);
  }

  /** An epoch without a marker of any sink may be one whose marker was pruned, if it is older. */
  private List<RowCheck> perEpoch(String target, Identifier table, String epochColumn, Mapping how)
      throws SQLException {
    var sums = sums(table, how, epochColumn);
    var sql =
        """
        WITH refused AS (
          SELECT epoch, count(*) AS n FROM onceflow.dead_letter
          WHERE sink_id = ? AND target = ? AND row_text LIKE '{%%' AND settled IS DISTINCT FROM 'replayed' GROUP BY epoch),
        expected AS (
          SELECT m.epoch, m.checkpoint_id, coalesce((m.rows_by_target ->> ?)::bigint, 0) - coalesce(refused.n, 0) AS n,
            CASE WHEN refused.n IS NULL THEN (m.row_sums ->> ?)::bigint END AS row_sum
          FROM onceflow.marker m LEFT JOIN refused USING (epoch) WHERE m.sink_id = ?),
        actual AS (
          SELECT t.%s AS epoch, count(*) AS n FROM %s t
          WHERE NOT EXISTS (SELECT FROM onceflow.marker o WHERE o.epoch = t.%s AND o.sink_id <> ?) GROUP BY 1)
        SELECT epoch, e.checkpoint_id, e.n AS expected, e.row_sum, coalesce(a.n, 0) AS actual,
          e.n IS NULL AND epoch < (SELECT min(epoch) FROM expected) AND ? AS pruned
        FROM expected e FULL JOIN actual a USING (epoch) WHERE coalesce(e.n, 0) <> 0 OR a.n IS NOT NULL ORDER BY epoch
        """
            .formatted(epochColumn, table.quoted(), epochColumn);
    return new Query(
            sql, sinkId.value(), target, target, target, sinkId.value(), sinkId.value(), isPruned())
        .list(
            connection,
            row -> {
              var expected = Query.number(row, "expected");
              var actual = row.getLong("actual");
              return compare(
                  new RowCheck(
                      target,
                      row.getLong("epoch"),
                      Query.number(row, "checkpoint_id"),
                      expected,
                      actual,
                      false,
                      state(expected, actual, row.getBoolean("pruned")),
                      ""),
                  Query.number(row, "row_sum"),
                  sums.get(row.getLong("epoch")));
            });
  }

  /** Equal numbers of rows may still hold other contents. */
  private static RowCheck compare(RowCheck rows, Long expectedSum, Long actualSum) {
    var compared = expectedSum != null && actualSum != null && rows.state() == State.EQUAL;
    var differs = compared && !expectedSum.equals(actualSum);
    var state = differs ? State.DIFFERENT : rows.state();
    return new RowCheck(
        rows.target(),
        rows.epoch(),
        rows.checkpointId(),
        rows.expectedRows(),
        rows.actualRows(),
        compared,
        state,
        differs
            ? "The contents of rows differ from what was committed."
            : reason(state, rows.expectedRows(), rows.actualRows()));
  }

  private static State state(Long expected, long actual, boolean pruned) {
    if (expected == null) {
      return pruned ? State.NOT_CHECKABLE : State.DIFFERENT;
    }
    return expected == actual ? State.EQUAL : State.DIFFERENT;
  }

  private static String reason(State state, Long expected, long actual) {
    return switch (state) {
      case EQUAL -> "";
      case NOT_CHECKABLE -> "Its marker was pruned.";
      case DIFFERENT ->
          expected == null
              ? "No marker of any sink has this epoch."
              : actual < expected
                  ? "Rows are missing."
                  : "There are more rows than were committed.";
    };
  }

  private RowCheck total(String target, Identifier table, Mapping how) throws SQLException {
    var expected = expected(target);
    var actual = rows(table);
    if (isPruned()) {
      return inTotal(
          target,
          expected,
          actual,
          State.NOT_CHECKABLE,
          "Markers were pruned, and the rows do not say which epoch brought them.");
    }
    if (expected == actual) {
      return how.kind() == Kind.APPEND
          ? compare(
              inTotal(target, expected, actual, State.EQUAL, ""),
              expectedSum(target),
              sums(table, how, "0").get(0L))
          : inTotal(target, expected, actual, State.NOT_CHECKABLE, unknown());
    }
    if (actual < expected && how.kind() == Kind.UNKNOWN) {
      return inTotal(target, expected, actual, State.NOT_CHECKABLE, unknown());
    }
    return inTotal(
        target, expected, actual, State.DIFFERENT, reason(State.DIFFERENT, expected, actual));
  }

  private static String unknown() {
    return "It is not recorded whether the sink appends here or upserts.";
  }

  private RowCheck inTotal(String target, Long expected, Long actual, State state, String reason) {
    return new RowCheck(target, null, null, expected, actual, false, state, reason);
  }

  private long expected(String target) throws SQLException {
    var sql =
        """
        SELECT coalesce((SELECT sum((rows_by_target ->> ?)::bigint) FROM onceflow.marker WHERE sink_id = ?), 0)
          - (SELECT count(*) FROM onceflow.dead_letter
             WHERE sink_id = ? AND target = ? AND row_text LIKE '{%' AND settled IS DISTINCT FROM 'replayed')
        """;
    return new Query(sql, target, sinkId.value(), sinkId.value(), target).number(connection);
  }

  /** Null unless every marker with rows for the target has a sum, and none was refused. */
  private Long expectedSum(String target) throws SQLException {
    var sql =
        """
        SELECT CASE WHEN bool_and(row_sums ->> t.name IS NOT NULL) AND NOT EXISTS (
            SELECT FROM onceflow.dead_letter d WHERE d.sink_id = m.sink_id AND d.target = t.name AND d.row_text LIKE '{%')
          THEN (sum((row_sums ->> t.name)::numeric) % 9223372036854775808)::bigint END AS row_sum
        FROM onceflow.marker m, (SELECT ?::text AS name) t
        WHERE sink_id = ? AND rows_by_target ->> t.name IS NOT NULL GROUP BY sink_id, t.name
        """;
    var sums =
        new Query(sql, target, sinkId.value())
            .list(connection, row -> Optional.ofNullable(Query.number(row, "row_sum")));
    return sums.isEmpty() ? null : sums.get(0).orElse(null);
  }

  private long rows(Identifier table) throws SQLException {
    return new Query("SELECT count(*) FROM " + table.quoted()).number(connection);
  }

  private boolean isPruned() throws SQLException {
    return new Query(
                "SELECT coalesce(max(low_water_checkpoint_id), 0) FROM onceflow.sink WHERE sink_id = ?",
                sinkId.value())
            .number(connection)
        > 0;
  }

  /** What the markers count as rejected must be there as dead letters, settled or not. */
  private List<RowCheck> deadLetters() throws SQLException {
    var sql =
        """
        SELECT m.epoch, m.checkpoint_id, m.rejected AS expected, coalesce(d.n, 0) AS actual
        FROM onceflow.marker m
        LEFT JOIN (SELECT epoch, count(*) AS n FROM onceflow.dead_letter WHERE sink_id = ? GROUP BY epoch) d USING (epoch)
        WHERE m.sink_id = ? AND (m.rejected > 0 OR d.n > 0) ORDER BY m.epoch
        """;
    return new Query(sql, sinkId.value(), sinkId.value())
        .list(
            connection,
            row -> {
              var expected = Query.number(row, "expected");
              var actual = row.getLong("actual");
              var state = state(expected, actual, false);
              return new RowCheck(
                  DEAD_LETTERS,
                  row.getLong("epoch"),
                  Query.number(row, "checkpoint_id"),
                  expected,
                  actual,
                  false,
                  state,
                  reason(state, expected, actual));
            });
  }
}
