package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** Rows of table {@code audit}: what was done by hand. */
record AuditTable(Connection connection, OnceflowTables names) {

  void insert(AuditRow row) throws SQLException {
    var sql =
        "INSERT INTO %s (sink_id, subject, action, reason, tool_run, os_user) VALUES (?, ?, ?, ?, ?, ?)"
            .formatted(names.audit());
    new Query(
            sql,
            row.sinkId(),
            row.subject(),
            row.action().word(),
            row.reason(),
            row.actor().run(),
            row.actor().user())
        .update(connection);
  }

  List<AuditRow> read(SinkId sinkId, int limit) throws SQLException {
    var sql = "SELECT * FROM %s WHERE sink_id = ? ORDER BY id DESC LIMIT ?";
    return new Query(sql.formatted(names.audit()), sinkId.value(), limit)
        .list(
            connection,
            row ->
                new AuditRow(
                    Query.instant(row, "at"),
                    row.getString("sink_id"),
                    row.getString("subject"),
                    Action.valueOf(
                        row.getString("action").toUpperCase(Locale.ROOT).replace('-', '_')),
                    row.getString("reason"),
                    new Actor(row.getString("tool_run"), row.getString("os_user"))));
  }
}
