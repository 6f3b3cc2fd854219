package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** Rows of {@code onceflow.audit}: what was done by hand. */
final class AuditTable {

  private AuditTable() {}

  static void insert(Connection connection, AuditRow row) throws SQLException {
    new Query(
            "INSERT INTO onceflow.audit (sink_id, subject, action, reason, tool_run, os_user) VALUES (?, ?, ?, ?, ?, ?)",
            row.sinkId(),
            row.subject(),
            row.action().word(),
            row.reason(),
            row.actor().run(),
            row.actor().user())
        .update(connection);
  }

  static List<AuditRow> read(Connection connection, SinkId sinkId, int limit) throws SQLException {
    return new Query(
            "SELECT * FROM onceflow.audit WHERE sink_id = ? ORDER BY id DESC LIMIT ?",
            sinkId.value(),
            limit)
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
