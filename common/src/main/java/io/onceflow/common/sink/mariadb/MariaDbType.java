package io.onceflow.common.sink.mariadb;

import io.onceflow.common.sink.TableMapping;
import java.util.Set;

/**
 * The column types that rows are written in, with the types of the server that read the same text
 * without losing anything. Not among them: enum and set, where the text {@code 1} is the first
 * member whatever its name, and bit, where it is 49.
 */
enum MariaDbType implements TableMapping.ColumnType {
  BOOLEAN("boolean", "tinyint"),
  SMALLINT("smallint", "smallint", "mediumint", "int", "bigint"),
  INT("int", "int", "bigint"),
  BIGINT("bigint", "bigint"),
  FLOAT("float", "float", "double"),
  DOUBLE("double", "double"),
  DECIMAL("decimal", "decimal"),
  TEXT("text", "char", "varchar", "tinytext", "text", "mediumtext", "longtext"),
  BLOB("blob", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"),
  DATE("date", "date"),
  DATETIME("datetime", "datetime"),
  TIMESTAMP("timestamp", "timestamp", "datetime"),
  UUID("uuid", "uuid", "char", "varchar"),
  JSON("json", "longtext");

  private final String sqlName;
  private final Set<String> dataTypes;

  MariaDbType(String sqlName, String... dataTypes) {
    this.sqlName = sqlName;
    this.dataTypes = Set.of(dataTypes);
  }

  @Override
  public String sqlName() {
    return sqlName;
  }

  /** Whether a column of that type reads our text. */
  boolean fits(String dataType) {
    return dataTypes.contains(dataType);
  }

  /** Whether a column of that type may be AUTO_INCREMENT. */
  boolean isWholeNumber() {
    return this == SMALLINT || this == INT || this == BIGINT;
  }

  /** The field as a value of the column's type, where its text is not that already. */
  String asValue(String field) {
    return this == BLOB ? "UNHEX(" + field + ")" : field;
  }
}
