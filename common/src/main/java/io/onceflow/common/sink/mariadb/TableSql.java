package io.onceflow.common.sink.mariadb;

import io.onceflow.common.sink.TableMapping.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statements for one table. Names were checked when it was mapped, and are quoted here.
 *
 * <p>Rows that are not loaded straight into the table are loaded into a temporary one whose columns
 * take any text, and go from there by INSERT .. SELECT: in contrast to LOAD DATA LOCAL, that one
 * refuses what does not fit. It is an Aria table, because those bytes need no undo.
 */
final class TableSql {

  private static final String ROW = "_onceflow_row";
  private static final String SEQUENCE = "_onceflow_seq";

  private final MariaDbTable<?> table;
  private final List<? extends Column<?>> columns;
  private final int index;

  /**
   * @param index of the table among the sink's, for the names of its temporary tables
   */
  TableSql(MariaDbTable<?> table, int index) {
    this.table = table;
    this.columns = table.columns();
    this.index = index;
  }

  String name() {
    return table.name();
  }

  boolean isUpsert() {
    return table.isUpsert();
  }

  /**
   * Straight into the table; fields that are not the value itself pass through a variable. In a
   * statement with a SET clause so do whole numbers: there a field 0 that goes straight into an
   * AUTO_INCREMENT column would be replaced by the next number, whatever the sql_mode (11.4.5).
   */
  String load() {
    var hasClause =
        table.epochColumn() != null
            || IntStream.range(0, columns.size()).anyMatch(i -> !isPlain(i));
    IntPredicate isDirect = i -> isPlain(i) && !(hasClause && type(i).isWholeNumber());
    var fields = list(i -> isDirect.test(i) ? column(i) : "@f" + i);
    var values = new ArrayList<String>();
    for (var i = 0; i < columns.size(); i++) {
      if (!isDirect.test(i)) {
        values.add(column(i) + " = " + type(i).asValue("@f" + i));
      }
    }
    if (table.epochColumn() != null) {
      values.add(TableName.quote(table.epochColumn()) + " = @onceflow_epoch");
    }
    return load(table.tableName().quoted(), fields)
        + (values.isEmpty() ? "" : " SET " + String.join(", ", values));
  }

  static String loadDeadLetters(String table) {
    return load(table, DeadLetters.COLUMNS)
        + " SET sink_id = @onceflow_sink_id, epoch = @onceflow_epoch";
  }

  private static String load(String table, String fields) {
    return "LOAD DATA LOCAL INFILE 'onceflow' INTO TABLE %s %s (%s)"
        .formatted(table, TextFormat.CLAUSE, fields);
  }

  String createStage() {
    return ("CREATE OR REPLACE TEMPORARY TABLE %s (%s bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, %s%s)"
            + " ENGINE=Aria TRANSACTIONAL=0 CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        .formatted(
            temporary("stage"),
            ROW,
            isUpsert() ? SEQUENCE + " bigint NOT NULL, " : "",
            list(i -> field(i) + " longtext"));
  }

  String loadStage() {
    return load(temporary("stage"), stagedFields());
  }

  String dropStage() {
    return "DROP TEMPORARY TABLE IF EXISTS " + temporary("stage");
  }

  /** All staged rows; of those of one key the last one stays. */
  String insertStaged() {
    return insert(temporary("stage"), "", isUpsert() ? SEQUENCE : ROW);
  }

  /** The staged rows once more, numbered in the order in which they have to be written. */
  String createOrdered() {
    return "CREATE OR REPLACE TEMPORARY TABLE %s LIKE %s"
        .formatted(temporary("ordered"), temporary("stage"));
  }

  String fillOrdered() {
    return "INSERT INTO %s (%s) SELECT %s FROM %s ORDER BY %s"
        .formatted(
            temporary("ordered"),
            stagedFields(),
            stagedFields(),
            temporary("stage"),
            isUpsert() ? SEQUENCE + ", " + ROW : ROW);
  }

  String countOrdered() {
    return "SELECT count(*) FROM " + temporary("ordered");
  }

  /** Rows by their number, from 1. */
  String insertOrdered(long from, long to) {
    return insert(
        temporary("ordered"), " WHERE %s >= %d AND %s < %d".formatted(ROW, from, ROW, to), ROW);
  }

  String deadLetter(String deadLetterTable, long row) {
    var object = list(i -> "'%s', %s".formatted(columns.get(i).name(), field(i)));
    return "INSERT INTO %s (sink_id, epoch, %s) SELECT @onceflow_sink_id, @onceflow_epoch, ?, ?, ?, JSON_OBJECT(%s) FROM %s WHERE %s = %d"
        .formatted(deadLetterTable, DeadLetters.COLUMNS, object, temporary("ordered"), ROW, row);
  }

  String dropOrdered() {
    return "DROP TEMPORARY TABLE IF EXISTS " + temporary("ordered");
  }

  private String insert(String from, String where, String order) {
    return "INSERT INTO %s (%s) SELECT %s FROM %s%s ORDER BY %s%s"
        .formatted(
            table.tableName().quoted(),
            list(this::column) + epochs(", " + quotedEpochColumn()),
            list(i -> type(i).asValue(field(i))) + epochs(", @onceflow_epoch"),
            from,
            where,
            order,
            isUpsert() ? " ON DUPLICATE KEY UPDATE " + updates() : "");
  }

  /** A table of nothing but its key keeps the row it has. */
  private String updates() {
    var updated =
        columns.stream().map(Column::name).filter(name -> !table.key().contains(name)).toList();
    var values =
        (updated.isEmpty() ? table.key() : updated)
            .stream()
                .map(TableName::quote)
                .map(name -> "%s = VALUES(%s)".formatted(name, name))
                .collect(Collectors.joining(", "));
    return values + epochs(", %s = @onceflow_epoch".formatted(quotedEpochColumn()));
  }

  /** The text when the table has a column for the epoch. */
  private String epochs(String text) {
    return table.epochColumn() == null ? "" : text;
  }

  private String quotedEpochColumn() {
    return TableName.quote(String.valueOf(table.epochColumn()));
  }

  private String stagedFields() {
    return (isUpsert() ? SEQUENCE + ", " : "") + list(TableSql::field);
  }

  private String list(IntFunction<String> item) {
    return IntStream.range(0, columns.size()).mapToObj(item).collect(Collectors.joining(", "));
  }

  private MariaDbType type(int i) {
    return (MariaDbType) columns.get(i).type();
  }

  private boolean isPlain(int i) {
    return type(i).asValue("").isEmpty();
  }

  private String column(int i) {
    return TableName.quote(columns.get(i).name());
  }

  private static String field(int i) {
    return "f" + i;
  }

  private String temporary(String role) {
    return TableName.quote("_onceflow_%s_%d".formatted(role, index));
  }
}
