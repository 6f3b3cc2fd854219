package io.onceflow.testbed.run.bench;

import java.util.stream.LongStream;

/**
 * What is written into which table.
 *
 * @param name the case's name in the report
 * @param primaryKey whether the table has one, on {@code id}
 * @param rows what all contenders write
 * @param count how many rows they write
 */
record Workload(String name, boolean primaryKey, BenchRows rows, long count) {

  static final String TABLE = "bench";

  static final String COLUMNS = "id, amount, note, at";

  /** Whether rows replace earlier ones of their id. */
  boolean isUpsert() {
    return rows.hotKeys() > 0;
  }

  long expectedIds() {
    return isUpsert() ? LongStream.range(0, count).map(rows::id).distinct().count() : count;
  }

  Workload withCount(long newCount) {
    return new Workload(name, primaryKey, rows, newCount);
  }

  String ddl() {
    return """
        CREATE TABLE %s (
          id bigint NOT NULL%s,
          amount bigint NOT NULL,
          note text NOT NULL,
          at timestamptz NOT NULL)
        """
        .formatted(TABLE, primaryKey ? " PRIMARY KEY" : "");
  }
}
