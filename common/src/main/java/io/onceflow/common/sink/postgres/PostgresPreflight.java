package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks for everything that would stop the sink later, and reports all of it at once. */
final class PostgresPreflight {

  private static final Map<String, String> ONCEFLOW_TABLES =
      Map.of(
          "onceflow.sink", "SELECT, INSERT, UPDATE",
          "onceflow.run", "SELECT, INSERT",
          "onceflow.marker", "SELECT, INSERT, UPDATE, DELETE",
          "onceflow.mapping", "SELECT, INSERT",
          "onceflow.dead_letter", "SELECT, INSERT");

  private final Connection connection;
  private final List<PostgresTable<?>> tables;
  private final SinkId prepares;
  private final List<String> problems = new ArrayList<>();

  private PostgresPreflight(Connection connection, List<PostgresTable<?>> tables, SinkId prepares) {
    this.connection = connection;
    this.tables = tables;
    this.prepares = prepares;
  }

  /** What strategy STAGED needs. */
  static PostgresPreflight staged(Connection connection, List<PostgresTable<?>> tables) {
    return new PostgresPreflight(connection, tables, null);
  }

  /** What strategy PREPARED needs. */
  static PostgresPreflight prepared(
      Connection connection, List<PostgresTable<?>> tables, SinkId sinkId) {
    return new PostgresPreflight(connection, tables, sinkId);
  }

  /** What the catalog says of one column. */
  private record ActualColumn(
      int typeOid, String typeName, boolean isEnum, boolean required, boolean generated) {}

  void check() throws SQLException, StoreException {
    var found = problems();
    if (!found.isEmpty()) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "The database is not ready (%d problems):\n  - %s"
              .formatted(found.size(), String.join("\n  - ", found)),
          null);
    }
  }

  /** Everything that is wrong, as sentences. */
  List<String> problems() throws SQLException {
    checkServer();
    for (var table : ONCEFLOW_TABLES.entrySet()) {
      checkOwn(table.getKey(), table.getValue());
    }
    for (var table : tables) {
      check(table);
    }
    if (prepares != null) {
      checkOwn("onceflow.decision", "SELECT, INSERT, UPDATE, DELETE");
      problems.addAll(new PreparedChecks(connection, tables, prepares).problems());
    }
    return problems;
  }

  private void checkOwn(String table, String privileges) throws SQLException {
    checkTable(
        Identifier.parse(table),
        privileges,
        "run flink-conf/sql/onceflow.sql as the owner of the database");
  }

  private void checkServer() throws SQLException {
    if (text("SHOW fsync").equals("off")) {
      problems.add("fsync is off: the server may lose epochs it has acknowledged; set fsync = on.");
    }
    if (text("SELECT pg_is_in_recovery()").equals("t")) {
      problems.add("The server is a standby: connect the primary.");
    }
    var needsTemp = tables.stream().anyMatch(PostgresTable::isUpsert);
    if (needsTemp
        && text("SELECT has_database_privilege(current_database(), 'TEMPORARY')").equals("f")) {
      problems.add(
          "The role may not create temporary tables, which upserts pass through: GRANT TEMPORARY ON DATABASE.");
    }
  }

  private void check(PostgresTable<?> table) throws SQLException {
    var privileges = table.isUpsert() ? "INSERT, SELECT, UPDATE" : "INSERT";
    if (!checkTable(table.name(), privileges, "create it")) {
      return;
    }
    var actual = columns(table.name());
    var mapped = new HashSet<String>();
    for (var column : table.columns()) {
      mapped.add(column.name());
      check(table, column, actual.get(column.name()));
    }
    actual.forEach(
        (name, column) -> {
          if (column.required() && !mapped.contains(name)) {
            problems.add(
                "Column %s.%s is NOT NULL without a default and no mapping writes it: map it or give it a default."
                    .formatted(table.name(), name));
          }
        });
    if (table.isUpsert() && !uniqueKeys(table.name()).contains(Set.copyOf(table.key()))) {
      problems.add(
          "Table %s has no primary key or unique index over exactly (%s), which its upserts need."
              .formatted(table.name(), String.join(", ", table.key())));
    }
  }

  private void check(PostgresTable<?> table, PostgresTable.Column<?> column, ActualColumn actual) {
    var name = "%s.%s".formatted(table.name(), column.name());
    if (actual == null) {
      problems.add(
          "Column %s does not exist: add it as %s or take it out of the mapping."
              .formatted(name, column.type().sqlName()));
    } else if (actual.generated()) {
      problems.add(
          "Column %s is generated: the server writes it, so take it out of the mapping."
              .formatted(name));
    } else if (!column.type().fits(actual.typeOid(), actual.isEnum())) {
      problems.add(
          "Column %s is %s, and the mapping writes %s: change one of them."
              .formatted(name, actual.typeName(), column.type().sqlName()));
    }
  }

  private boolean checkTable(Identifier table, String privileges, String cure) throws SQLException {
    if (text("SELECT to_regclass(?) IS NOT NULL", table.quoted()).equals("f")) {
      problems.add("Table %s does not exist: %s.".formatted(table, cure));
      return false;
    }
    var sql =
        "SELECT coalesce(string_agg(p, ', '), '') FROM unnest(string_to_array(?, ', ')) p"
            + " WHERE NOT has_table_privilege(?::regclass, p)";
    var missing = text(sql, privileges, table.quoted());
    if (!missing.isEmpty()) {
      problems.add(
          "The role lacks %s on table %s: GRANT %s ON %s."
              .formatted(missing, table, missing, table.quoted()));
      return false;
    }
    return true;
  }

  private Map<String, ActualColumn> columns(Identifier table) throws SQLException {
    var sql =
        """
        SELECT a.attname, coalesce(nullif(t.typbasetype, 0), t.oid)::int, format_type(a.atttypid, a.atttypmod),
          t.typtype = 'e', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', a.attgenerated <> '' OR a.attidentity = 'a'
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
        """;
    var columns = new HashMap<String, ActualColumn>();
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.quoted());
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          columns.put(
              row.getString(1),
              new ActualColumn(
                  row.getInt(2),
                  row.getString(3),
                  row.getBoolean(4),
                  row.getBoolean(5),
                  row.getBoolean(6)));
        }
      }
    }
    return columns;
  }

  /** Column sets of valid unique indexes without a condition or an expression. */
  private Set<Set<String>> uniqueKeys(Identifier table) throws SQLException {
    var sql =
        """
        SELECT array_agg(a.attname::text) FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
        WHERE i.indrelid = ?::regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
          AND i.indimmediate
        GROUP BY i.indexrelid
        """;
    var keys = new HashSet<Set<String>>();
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.quoted());
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          keys.add(Set.of((String[]) row.getArray(1).getArray()));
        }
      }
    }
    return keys;
  }

  private String text(String sql, String... parameters) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      for (var i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (var row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
