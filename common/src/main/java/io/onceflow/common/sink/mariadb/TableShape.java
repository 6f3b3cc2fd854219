package io.onceflow.common.sink.mariadb;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the server says of one table.
 *
 * @param engine its storage engine
 * @param columns by name in lower case
 * @param uniqueIndexes the columns of each unique index, in lower case, by the index's name
 */
record TableShape(
    String engine, Map<String, Column> columns, Map<String, Set<String>> uniqueIndexes) {

  /**
   * What a column is called that the tool takes for the one that says which epoch brought a row:
   * which one it is, is in the job's mapping only.
   */
  static final String EPOCH = "epoch";

  /**
   * One column.
   *
   * @param dataType such as {@code bigint}
   * @param type as it is declared
   * @param required whether a row must bring a value
   * @param generated whether the server computes it
   */
  record Column(String dataType, String type, boolean required, boolean generated) {}

  /** Reads it, or returns null when there is none or none of the role's. */
  static TableShape of(Connection connection, String database, String table) throws SQLException {
    var sql =
        "SELECT engine FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, database);
      statement.setString(2, table);
      try (var row = statement.executeQuery()) {
        return row.next()
            ? new TableShape(
                String.valueOf(row.getString(1)),
                columns(connection, database, table),
                uniqueIndexes(connection, database, table))
            : null;
      }
    }
  }

  private static Map<String, Column> columns(Connection connection, String database, String table)
      throws SQLException {
    var sql =
        """
        SELECT column_name, data_type, column_type, is_generated = 'ALWAYS',
          is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%' AND is_generated = 'NEVER'
        FROM information_schema.columns WHERE table_schema = ? AND table_name = ?
        """;
    var columns = new HashMap<String, Column>();
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, database);
      statement.setString(2, table);
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          columns.put(
              row.getString(1).toLowerCase(Locale.ROOT),
              new Column(row.getString(2), row.getString(3), row.getBoolean(5), row.getBoolean(4)));
        }
      }
    }
    return columns;
  }

  /** An index over a part of a column's text gets a name for it that is no column's. */
  private static Map<String, Set<String>> uniqueIndexes(
      Connection connection, String database, String table) throws SQLException {
    var sql =
        """
        SELECT index_name, IF(sub_part IS NULL, column_name, concat(column_name, '(', sub_part, ')'))
        FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND non_unique = 0
        """;
    var indexes = new HashMap<String, Set<String>>();
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, database);
      statement.setString(2, table);
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          indexes
              .computeIfAbsent(row.getString(1), name -> new HashSet<>())
              .add(row.getString(2).toLowerCase(Locale.ROOT));
        }
      }
    }
    return indexes;
  }

  /** Whether there is a column that may say which epoch brought a row. */
  boolean hasEpoch() {
    var column = columns.get(EPOCH);
    return column != null && column.dataType().equals("bigint") && !column.generated();
  }

  /** Says all that does not fit a mapping. */
  void compareWith(MariaDbTable<?> table, Consumer<String> problems) {
    if (!engine.equalsIgnoreCase("InnoDB")) {
      problems.accept(
          "Table %s is of engine %s, which has no transactions: ALTER TABLE %s ENGINE=InnoDB."
              .formatted(table.name(), engine, table.name()));
    }
    var mapped = new HashSet<String>();
    for (var column : table.columns()) {
      var name = column.name().toLowerCase(Locale.ROOT);
      mapped.add(name);
      compareColumn(
          "%s.%s".formatted(table.name(), column.name()),
          (MariaDbType) column.type(),
          columns.get(name),
          problems);
    }
    if (table.epochColumn() != null) {
      var name = table.epochColumn().toLowerCase(Locale.ROOT);
      mapped.add(name);
      compareColumn(
          "%s.%s".formatted(table.name(), name), MariaDbType.BIGINT, columns.get(name), problems);
    }
    columns.forEach(
        (name, column) -> {
          if (column.required() && !mapped.contains(name)) {
            problems.accept(
                "Column %s.%s is NOT NULL without a default and no mapping writes it: map it or give it a default."
                    .formatted(table.name(), name));
          }
        });
    if (table.isUpsert()) {
      compareKey(table, problems);
    }
  }

  private static void compareColumn(
      String name, MariaDbType mapped, Column actual, Consumer<String> problems) {
    if (actual == null) {
      problems.accept(
          "Column %s does not exist: add it as %s or take it out of the mapping."
              .formatted(name, mapped.sqlName()));
    } else if (actual.generated()) {
      problems.accept(
          "Column %s is generated: the server writes it, so take it out of the mapping."
              .formatted(name));
    } else if (!mapped.fits(actual.dataType())) {
      problems.accept(
          "Column %s is %s, and the mapping writes %s: change one of them."
              .formatted(name, actual.type(), mapped.sqlName()));
    }
  }

  /**
   * ON DUPLICATE KEY UPDATE changes the row of whichever unique index is hit first: with a second
   * one it would overwrite a row of another key.
   */
  private void compareKey(MariaDbTable<?> table, Consumer<String> problems) {
    var key = new HashSet<String>();
    table.key().forEach(column -> key.add(column.toLowerCase(Locale.ROOT)));
    if (!uniqueIndexes.containsValue(key)) {
      problems.accept(
          "Table %s has no primary key or unique index over exactly (%s), which its upserts need."
              .formatted(table.name(), String.join(", ", table.key())));
    }
    uniqueIndexes.forEach(
        (name, indexed) -> {
          if (!indexed.equals(key)) {
            problems.accept(
                "Table %s has another unique index, %s: an upsert could overwrite the row of another key. Drop it or make it not unique."
                    .formatted(table.name(), name));
          }
        });
  }
}
