package io.onceflow.common.sink.mariadb;

import io.onceflow.common.config.OneLine;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * A table's name. Checked against a narrow form and quoted all the same, since identifiers cannot
 * be bound as parameters.
 *
 * @param database the database, or null for the one that the sink connects to
 * @param table the table
 */
record TableName(String database, String table) implements Serializable {

  private static final Pattern PART = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  TableName {
    checkPart(table);
    if (database != null) {
      checkPart(database);
    }
  }

  static TableName parse(String name) {
    var dot = name.indexOf('.');
    return new TableName(dot < 0 ? null : name.substring(0, dot), name.substring(dot + 1));
  }

  private static void checkPart(String part) {
    if (!PART.matcher(part).matches()) {
      throw new IllegalArgumentException(
          "Name '%s' must match %s.".formatted(OneLine.of(part), PART.pattern()));
    }
  }

  static String quote(String part) {
    return '`' + part.replace("`", "``") + '`';
  }

  /** The database, or the one that the connection is to. */
  String databaseOr(String connected) {
    return database == null ? connected : database;
  }

  String quoted() {
    return database == null ? quote(table) : quote(database) + "." + quote(table);
  }

  @Override
  public String toString() {
    return database == null ? table : database + "." + table;
  }
}
