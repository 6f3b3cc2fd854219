package io.onceflow.common.sink.postgres;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** The statements for one table. Names were checked when it was mapped, and are quoted here. */
final class TableSql {

  /** Order of writes within an epoch, in front of the mapped columns of a staged upsert. */
  private static final String SEQUENCE = "_onceflow_seq";

  private static final String ROW = "_onceflow_row";

  private final PostgresTable<?> table;
  private final int index;
  private final String target;
  private final String columns;
  private final String keys;

  /**
   * @param index of the table among the sink's, for the names of its temporary tables
   */
  TableSql(PostgresTable<?> table, int index) {
    this.table = table;
    this.index = index;
    this.target = table.name().quoted();
    this.columns = list(table.columns().stream().map(PostgresTable.Column::name).toList());
    this.keys = list(table.key());
  }

  String name() {
    return table.name().toString();
  }

  boolean isUpsert() {
    return table.isUpsert();
  }

  String copy() {
    return "COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(target, columns);
  }

  /** Kept for the life of the connection, emptied by every commit: no catalog churn per epoch. */
  String createStage() {
    return "CREATE TEMP TABLE IF NOT EXISTS %s ON COMMIT DELETE ROWS AS SELECT 0::bigint AS %s, %s FROM %s WITH NO DATA"
        .formatted(temp("stage"), SEQUENCE, columns, target);
  }

  String copyToStage() {
    return "COPY %s FROM STDIN (FORMAT binary)".formatted(temp("stage"));
  }

  String upsertFromStage() {
    return upsert(
        "SELECT DISTINCT ON (%s) %s FROM %s ORDER BY %s, %s DESC"
            .formatted(keys, columns, temp("stage"), keys, SEQUENCE));
  }

  String createFinal() {
    return ("CREATE TEMP TABLE %s ON COMMIT DROP AS SELECT row_number() OVER () AS %s, last.* FROM"
            + " (SELECT DISTINCT ON (%s) %s FROM %s ORDER BY %s, %s DESC) last")
        .formatted(temp("final"), ROW, keys, columns, temp("stage"), keys, SEQUENCE);
  }

  String countFinal() {
    return "SELECT count(*) FROM " + temp("final");
  }

  String upsertFromFinal(long from, long to) {
    return upsert(
        "SELECT %s FROM %s WHERE %s >= %d AND %s < %d"
            .formatted(columns, temp("final"), ROW, from, ROW, to));
  }

  String deadLetterFromFinal(long row) {
    return deadLetter(
        "to_jsonb(_onceflow_f) - '%s'".formatted(ROW),
        "%s _onceflow_f WHERE %s = %d".formatted(temp("final"), ROW, row));
  }

  String dropFinal() {
    return "DROP TABLE " + temp("final");
  }

  /** The types of a tuple's fields, the sequence number of an upsert included. */
  List<PostgresType> tupleTypes() {
    var types = new ArrayList<PostgresType>();
    if (isUpsert()) {
      types.add(PostgresType.BIGINT);
    }
    table.columns().forEach(column -> types.add(column.type()));
    return types;
  }

  /** Takes target, code, reason and one array per field. */
  String deadLetterFromArrays() {
    return deadLetter(
        "to_jsonb(_onceflow_f)",
        "(SELECT %s FROM %s) _onceflow_f".formatted(columns, tupleArrays()));
  }

  private String tupleArrays() {
    var parameters = String.join(", ", Collections.nCopies(tupleTypes().size(), "?"));
    return "unnest(%s) AS _onceflow_t(%s%s)"
        .formatted(parameters, isUpsert() ? SEQUENCE + ", " : "", columns);
  }

  private static String deadLetter(String row, String from) {
    return "INSERT INTO onceflow.dead_letter (target, code, reason, row_text) SELECT ?, ?, ?, (%s)::text FROM %s"
        .formatted(row, from);
  }

  private String upsert(String select) {
    var updates =
        table.columns().stream()
            .map(PostgresTable.Column::name)
            .filter(column -> !table.key().contains(column))
            .map(Identifier::quote)
            .map(column -> column + " = EXCLUDED." + column)
            .collect(Collectors.joining(", "));
    return "INSERT INTO %s (%s) %s ON CONFLICT (%s) DO %s"
        .formatted(
            target, columns, select, keys, updates.isEmpty() ? "NOTHING" : "UPDATE SET " + updates);
  }

  private String temp(String role) {
    return "pg_temp.%s".formatted(Identifier.quote("onceflow_%s_%d".formatted(role, index)));
  }

  private static String list(List<String> names) {
    return names.stream().map(Identifier::quote).collect(Collectors.joining(", "));
  }
}
