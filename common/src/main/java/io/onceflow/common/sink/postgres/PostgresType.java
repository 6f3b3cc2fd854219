package io.onceflow.common.sink.postgres;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** The column types that rows are written in, with the server types that read the same bytes. */
enum PostgresType {
  BOOLEAN("boolean", 16),
  SMALLINT("smallint", 21),
  INTEGER("integer", 23),
  BIGINT("bigint", 20),
  REAL("real", 700),
  DOUBLE("double precision", 701),
  NUMERIC("numeric", 1700),
  TEXT("text", 25, 1043, 1042),
  BYTEA("bytea", 17),
  DATE("date", 1082),
  TIMESTAMP("timestamp without time zone", 1114),
  TIMESTAMPTZ("timestamp with time zone", 1184),
  UUID("uuid", 2950),
  JSON("json", 114),
  JSONB("jsonb", 3802);

  private final String sqlName;
  private final Set<Integer> oids;

  PostgresType(String sqlName, Integer... oids) {
    this.sqlName = sqlName;
    this.oids = Arrays.stream(oids).collect(Collectors.toUnmodifiableSet());
  }

  /** As PostgreSQL writes it. */
  String sqlName() {
    return sqlName;
  }

  /** Whether a column of that type (of a domain: its base type) reads our bytes. */
  boolean fits(int oid, boolean isEnum) {
    return oids.contains(oid) || isEnum && this == TEXT;
  }
}
