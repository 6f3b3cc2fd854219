package io.onceflow.common.sink.postgres;

import io.onceflow.common.config.OneLine;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * A table's name. Checked against a narrow form and quoted all the same, since identifiers cannot
 * be bound as parameters.
 *
 * @param schema the schema
 * @param table the table
 */
record Identifier(String schema, String table) implements Serializable {

  private static final Pattern PART = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  static Identifier parse(String name) {
    var dot = name.indexOf('.');
    var schema = dot < 0 ? "public" : name.substring(0, dot);
    var table = name.substring(dot + 1);
    checkPart(schema);
    checkPart(table);
    return new Identifier(schema, table);
  }

  static void checkPart(String part) {
    if (!PART.matcher(part).matches()) {
      throw new IllegalArgumentException(
          "Name '%s' must match %s.".formatted(OneLine.of(part), PART.pattern()));
    }
  }

  static String quote(String part) {
    return '"' + part.replace("\"", "\"\"") + '"';
  }

  String quoted() {
    return quote(schema) + "." + quote(table);
  }

  @Override
  public String toString() {
    return schema + "." + table;
  }
}
