package io.onceflow.common.sink.mariadb;

/**
 * The tables of {@code onceflow-mariadb.sql}, quoted.
 *
 * @param database where they are
 */
record OnceflowTables(String database) {

  String sink() {
    return table("sink");
  }

  String run() {
    return table("run");
  }

  String marker() {
    return table("marker");
  }

  String decision() {
    return table("decision");
  }

  String deadLetter() {
    return table(DeadLetters.TABLE);
  }

  String audit() {
    return table("audit");
  }

  private String table(String name) {
    return new TableName(database, name).quoted();
  }
}
