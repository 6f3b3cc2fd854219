package io.onceflow.common.sink.mariadb;

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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Lists and settles rows of table {@code dead_letter}. */
final class DeadLetterTable implements DeadLetterDesk {

  private static final Pattern KEY = Pattern.compile("\"([^\"]*)\"");

  private final MariaDbLink link;
  private final MariaDbConnector connector;
  private final OnceflowTables names;

  DeadLetterTable(MariaDbLink link, MariaDbConnector connector) {
    this.link = link;
    this.connector = connector;
    this.names = new OnceflowTables(connector.onceflowDatabase());
  }

  @Override
  public List<DeadLetterRow> list(SinkId sinkId, boolean settledToo, int limit)
      throws StoreException {
    var sql =
        "SELECT * FROM %s WHERE sink_id = ? AND (? OR settled IS NULL) ORDER BY id DESC LIMIT ?";
    return link.inTransaction(
        "Reading the dead letters",
        connection ->
            new Query(sql.formatted(names.deadLetter()), sinkId.value(), settledToo, limit)
                .list(connection, DeadLetterTable::deadLetter));
  }

  @Override
  public List<DeadLetterRow> find(SinkId sinkId, Collection<Long> ids) throws StoreException {
    return link.inTransaction(
        "Reading the dead letters", connection -> find(connection, sinkId, ids, ""));
  }

  private List<DeadLetterRow> find(
      Connection connection, SinkId sinkId, Collection<Long> ids, String lock) throws SQLException {
    var parameters = new ArrayList<Object>(List.of(sinkId.value()));
    parameters.addAll(ids);
    var sql =
        "SELECT * FROM %s WHERE sink_id = ? AND id IN %s ORDER BY id%s"
            .formatted(names.deadLetter(), Query.places(ids.size()), lock);
    return new Query(sql, parameters.toArray()).list(connection, DeadLetterTable::deadLetter);
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
    return link.inTransaction(
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
    return link.inTransaction(
        "Discarding dead letters",
        connection -> {
          for (var row : lock(connection, sinkId, ids)) {
            settle(connection, row, "discarded", Action.DISCARD, reason, actor);
          }
          return ids.size();
        });
  }

  /** Two tools that take the same row: the second finds it settled. */
  private List<DeadLetterRow> lock(Connection connection, SinkId sinkId, Collection<Long> ids)
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

  /** The staged texts of the columns, as the sink itself would have inserted them. */
  private void replay(Connection connection, DeadLetterRow row)
      throws SQLException, StoreException {
    if (!row.isReplayable()) {
      throw refused(
          "Dead letter %d holds the text of a value that the mapping refused, not a row; correct it at its origin and discard this one."
              .formatted(row.id()));
    }
    var table = TableName.parse(row.target());
    var shape = TableShape.of(connection, table.databaseOr(connector.database()), table.table());
    if (shape == null) {
      throw refused(
          "Dead letter %d is for %s, which is not there, or this account may not use it."
              .formatted(row.id(), row.target()));
    }
    Markers.setVariables(connection, row.epoch(), new SinkId(row.sinkId()));
    try {
      new Query(insert(connection, row, table, shape), row.id()).update(connection);
    } catch (SQLException e) {
      throw new StoreException(
          MariaDbErrors.classify(e),
          "Dead letter %d is refused again (error %d): %s Nothing was replayed."
              .formatted(row.id(), e.getErrorCode(), MariaDbErrors.reason(e)),
          null);
    }
  }

  private String insert(Connection connection, DeadLetterRow row, TableName table, TableShape shape)
      throws SQLException, StoreException {
    var columns = new ArrayList<String>();
    var values = new ArrayList<String>();
    for (var name : columns(connection, row, shape)) {
      var value = "JSON_VALUE(d.row_text, '$.\"%s\"')".formatted(name);
      var isBytes = MariaDbType.BLOB.fits(shape.columns().get(name).dataType());
      columns.add(TableName.quote(name));
      values.add(isBytes ? MariaDbType.BLOB.asValue(value) : value);
    }
    if (shape.hasEpoch() && !columns.contains(TableName.quote(TableShape.EPOCH))) {
      columns.add(TableName.quote(TableShape.EPOCH));
      values.add("d.epoch");
    }
    return "INSERT INTO %s (%s) SELECT %s FROM %s d WHERE d.id = ?"
        .formatted(
            table.quoted(),
            String.join(", ", columns),
            String.join(", ", values),
            names.deadLetter());
  }

  /** The columns that the row names; the others get their defaults, as they did then. */
  private static List<String> columns(Connection connection, DeadLetterRow row, TableShape shape)
      throws SQLException, StoreException {
    var keys = new Query("SELECT JSON_KEYS(?)", row.row()).text(connection);
    if (keys == null) {
      throw refused("Dead letter %d is no JSON object; discard it.".formatted(row.id()));
    }
    var columns = KEY.matcher(keys).results().map((MatchResult key) -> key.group(1)).toList();
    var missing = columns.stream().filter(name -> !shape.columns().containsKey(name)).toList();
    if (!missing.isEmpty()) {
      throw refused(
          "Dead letter %d has columns that %s lacks: %s."
              .formatted(row.id(), row.target(), String.join(", ", missing)));
    }
    return columns;
  }

  private void settle(
      Connection connection,
      DeadLetterRow row,
      String settled,
      Action action,
      String reason,
      Actor actor)
      throws SQLException {
    new Query(
            "UPDATE %s SET settled = ?, settled_at = utc_timestamp(6) WHERE id = ?"
                .formatted(names.deadLetter()),
            settled,
            row.id())
        .update(connection);
    new AuditTable(connection, names)
        .insert(new AuditRow(null, row.sinkId(), "dead letter " + row.id(), action, reason, actor));
  }

  private static StoreException refused(String message) {
    return new StoreException(ErrorClass.ROW, message, null);
  }
}
