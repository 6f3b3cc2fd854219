package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.DeadLetterDesk;
import io.onceflow.common.commit.inspect.DeadLetterRow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Lists and settles rows of {@code onceflow.dead_letter}. */
final class DeadLetterTable implements DeadLetterDesk {

  private final PostgresInspector.Transactions transactions;

  DeadLetterTable(PostgresInspector.Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public List<DeadLetterRow> list(SinkId sinkId, boolean settledToo, int limit)
      throws StoreException {
    return transactions.run(
        "Reading the dead letters",
        connection ->
            new Query(
                    "SELECT * FROM onceflow.dead_letter WHERE sink_id = ? AND (? OR settled IS NULL) ORDER BY id DESC LIMIT ?",
                    sinkId.value(),
                    settledToo,
                    limit)
                .list(connection, DeadLetterTable::deadLetter));
  }

  @Override
  public List<DeadLetterRow> find(SinkId sinkId, Collection<Long> ids) throws StoreException {
    return transactions.run(
        "Reading the dead letters", connection -> find(connection, sinkId, ids, ""));
  }

  private static List<DeadLetterRow> find(
      Connection connection, SinkId sinkId, Collection<Long> ids, String lock) throws SQLException {
    return new Query(
            "SELECT * FROM onceflow.dead_letter WHERE sink_id = ? AND id = ANY (?) ORDER BY id"
                + lock,
            sinkId.value(),
            ids.toArray(Long[]::new))
        .list(connection, DeadLetterTable::deadLetter);
  }

  private static DeadLetterRow deadLetter(ResultSet row) throws SQLException {
    return new DeadLetterRow(
        row.getLong("id"),
        row.getString("sink_id"),
        row.getLong("epoch"),
        row.getString("target"),
        row.getString("code"),
        row.getString("reason"),
        row.getString("row_text"),
        Query.instant(row, "created_at"),
        row.getString("settled"),
        Query.instant(row, "settled_at"));
  }

  @Override
  public int replay(SinkId sinkId, Collection<Long> ids, Actor actor) throws StoreException {
    return transactions.run(
        "Replaying dead letters",
        connection -> {
          for (var row : lock(connection, sinkId, ids)) {
            replay(connection, row);
            settle(
                connection, row, "replayed", Action.REPLAY, "inserted into " + row.target(), actor);
          }
          return ids.size();
        });
  }

  @Override
  public int discard(SinkId sinkId, Collection<Long> ids, String reason, Actor actor)
      throws StoreException {
    return transactions.run(
        "Discarding dead letters",
        connection -> {
          for (var row : lock(connection, sinkId, ids)) {
            settle(connection, row, "discarded", Action.DISCARD, reason, actor);
          }
          return ids.size();
        });
  }

  /** Two tools that take the same row: the second finds it settled. */
  private static List<DeadLetterRow> lock(
      Connection connection, SinkId sinkId, Collection<Long> ids)
      throws SQLException, StoreException {
    var rows = find(connection, sinkId, ids, " FOR UPDATE");
    Map<Long, DeadLetterRow> byId =
        rows.stream().collect(Collectors.toMap(DeadLetterRow::id, Function.identity()));
    for (var id : ids) {
      if (!byId.containsKey(id)) {
        throw refused("Dead letter %d of sink '%s' does not exist.".formatted(id, sinkId));
      }
      if (byId.get(id).settled() != null) {
        throw refused(
            "Dead letter %d was %s at %s already; nothing was done."
                .formatted(id, byId.get(id).settled(), byId.get(id).settledAt()));
      }
    }
    return rows;
  }

  private static void replay(Connection connection, DeadLetterRow row)
      throws SQLException, StoreException {
    if (!row.isReplayable()) {
      throw refused(
          "Dead letter %d holds the text of a value that the mapping refused, not a row; correct it at its origin and discard this one."
              .formatted(row.id()));
    }
    var table = Identifier.parse(row.target());
    var columns = columns(connection, table, row);
    new Query(
            "SELECT set_config('onceflow.epoch', ?, true), set_config('onceflow.sink_id', ?, true)",
            Long.toString(row.epoch()),
            row.sinkId())
        .text(connection);
    var sql =
        "INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%s, ?::jsonb)"
            .formatted(table.quoted(), columns, columns, table.quoted());
    try {
      new Query(sql, row.row()).update(connection);
    } catch (SQLException e) {
      throw new StoreException(
          PostgresErrors.classify(e),
          "Dead letter %d is refused again (SQLSTATE %s): %s Nothing was replayed."
              .formatted(row.id(), e.getSQLState(), PostgresErrors.reason(e)),
          null);
    }
  }

  /** The columns that the row names; the others get their defaults, as they did then. */
  private static String columns(Connection connection, Identifier table, DeadLetterRow row)
      throws SQLException, StoreException {
    var sql =
        """
        SELECT quote_ident(key), a.attname IS NOT NULL FROM jsonb_object_keys(?::jsonb) AS key
        LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(?) AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped
        """;
    var missing =
        new Query(sql, row.row(), table.quoted())
            .list(connection, found -> found.getBoolean(2) ? null : found.getString(1)).stream()
                .filter(java.util.Objects::nonNull)
                .toList();
    if (!missing.isEmpty()) {
      throw refused(
          "Dead letter %d has columns that %s lacks: %s."
              .formatted(row.id(), row.target(), String.join(", ", missing)));
    }
    return String.join(
        ", ",
        new Query(sql, row.row(), table.quoted()).list(connection, found -> found.getString(1)));
  }

  private static void settle(
      Connection connection,
      DeadLetterRow row,
      String settled,
      Action action,
      String reason,
      Actor actor)
      throws SQLException {
    new Query(
            "UPDATE onceflow.dead_letter SET settled = ?, settled_at = clock_timestamp() WHERE id = ?",
            settled,
            row.id())
        .update(connection);
    AuditTable.insert(
        connection,
        new AuditRow(null, row.sinkId(), "dead letter " + row.id(), action, reason, actor));
  }

  private static StoreException refused(String message) {
    return new StoreException(ErrorClass.ROW, message, null);
  }
}
