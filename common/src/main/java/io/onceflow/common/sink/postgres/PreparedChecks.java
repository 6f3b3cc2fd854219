package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.SinkId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What strategy PREPARED needs of a server, besides what every strategy needs. */
final class PreparedChecks {

  private static final Logger LOG = LoggerFactory.getLogger(PreparedChecks.class);

  private static final Object[] CHECKED_LATE = {"f", "p", "u", "x", "t"};

  private final Connection connection;
  private final List<PostgresTable<?>> tables;
  private final SinkId sinkId;

  PreparedChecks(Connection connection, List<PostgresTable<?>> tables, SinkId sinkId) {
    this.connection = connection;
    this.tables = tables;
    this.sinkId = sinkId;
  }

  List<String> problems() throws SQLException {
    var problems = new ArrayList<String>();
    checkSlots(problems);
    if (number(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('onceflow.marker') AND attname = 'decision_id'")
        == 0) {
      problems.add(
          "Table onceflow.marker is of an older version: stop the jobs and run flink-conf/sql/onceflow.sql again.");
    }
    for (var table : tables) {
      if (!table.isUpsert()) {
        checkForeignKeys(table, problems);
      }
      warnOfDeferredConstraints(table);
    }
    return problems;
  }

  /** Every subtask prepares once per epoch, while its last one may not be committed yet. */
  private void checkSlots(List<String> problems) throws SQLException {
    var slots = number("SELECT current_setting('max_prepared_transactions')::int");
    if (slots == 0) {
      problems.add(
          "max_prepared_transactions is 0, so the server prepares nothing: set it to at least twice the parallelism of all sinks that use strategy prepared, and restart the server.");
      return;
    }
    var ours = "starts_with(gid, 'of.%s.')".formatted(sinkId);
    var free =
        slots
            - number(
                "SELECT count(*) FROM pg_prepared_xacts WHERE NOT (database = current_database() AND %s)"
                    .formatted(ours));
    if (free < 2) {
      problems.add(
          "Only %d of max_prepared_transactions = %d are not taken by others, and a sink needs two per subtask: settle what is left over (pg_prepared_xacts), or raise the setting and restart the server."
              .formatted(free, slots));
    } else {
      LOG.info(
          "Sink '{}': {} prepared transactions are free, enough for a parallelism of {}.",
          sinkId,
          free,
          free / 2);
    }
  }

  /** Upserts become visible after the rows that were prepared, and those may refer to them. */
  private void checkForeignKeys(PostgresTable<?> table, List<String> problems) throws SQLException {
    var sql =
        """
        SELECT conname FROM pg_constraint
        WHERE conrelid = ?::regclass AND contype = 'f' AND confrelid = ANY (?::regclass[]::oid[]) ORDER BY 1
        """;
    var upserted =
        tables.stream().filter(PostgresTable::isUpsert).map(t -> t.name().quoted()).toArray();
    for (var key : names(sql, table, connection.createArrayOf("text", upserted))) {
      problems.add(
          "Foreign key %s of table %s refers to a table that this sink upserts into; upserts are written when the epoch's other rows are committed already. Use strategy staged, or drop the foreign key."
              .formatted(key, table.name()));
    }
  }

  private void warnOfDeferredConstraints(PostgresTable<?> table) throws SQLException {
    var sql =
        """
        SELECT conname FROM pg_constraint
        WHERE conrelid = ?::regclass AND condeferred AND contype::text = ANY (?) ORDER BY 1
        """;
    for (var constraint : names(sql, table, connection.createArrayOf("text", CHECKED_LATE))) {
      LOG.warn(
          "Sink '{}': constraint {} of table {} is deferred. Strategy prepared checks it right before PREPARE,"
              + " where a violation fails the whole epoch: its row cannot become a dead letter.",
          sinkId,
          constraint,
          table.name());
    }
  }

  private List<String> names(String sql, PostgresTable<?> table, Array parameter)
      throws SQLException {
    var names = new ArrayList<String>();
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.name().quoted());
      statement.setArray(2, parameter);
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
        }
      }
    }
    return names;
  }

  private long number(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
