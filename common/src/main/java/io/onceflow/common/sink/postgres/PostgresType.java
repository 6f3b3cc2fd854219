package io.onceflow.common.sink.postgres;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** The column types that rows are written in, with the server types that read the same bytes. */
enum PostgresType {
  BOOLEAN("boolean", "_bool", 1000, 16),
  SMALLINT("smallint", "_int2", 1005, 21),
  INTEGER("integer", "_int4", 1007, 23),
  BIGINT("bigint", "_int8", 1016, 20),
  REAL("real", "_float4", 1021, 700),
  DOUBLE("double precision", "_float8", 1022, 701),
  NUMERIC("numeric", "_numeric", 1231, 1700),
  TEXT("text", "_text", 1009, 25, 1043, 1042),
  BYTEA("bytea", "_bytea", 1001, 17),
  DATE("date", "_date", 1182, 1082),
  TIMESTAMP("timestamp without time zone", "_timestamp", 1115, 1114),
  TIMESTAMPTZ("timestamp with time zone", "_timestamptz", 1185, 1184),
  UUID("uuid", "_uuid", 2951, 2950),
  JSON("json", "_json", 199, 114),
  JSONB("jsonb", "_jsonb", 3807, 3802);

  private final String sqlName;
  private final String arrayName;
  private final int arrayOid;
  private final int oid;
  private final Set<Integer> oids;

  /** The first of the oids is the type itself; all of them are fixed in the server's source. */
  PostgresType(String sqlName, String arrayName, int arrayOid, Integer... oids) {
    this.sqlName = sqlName;
    this.arrayName = arrayName;
    this.arrayOid = arrayOid;
    this.oid = oids[0];
    this.oids = Arrays.stream(oids).collect(Collectors.toUnmodifiableSet());
  }

  /** As PostgreSQL writes it. */
  String sqlName() {
    return sqlName;
  }

  /** The type's oid. */
  int oid() {
    return oid;
  }

  /** The name in the catalog of the type of its arrays. */
  String arrayName() {
    return arrayName;
  }

  /** The oids of all types' arrays, separated by commas. */
  static String arrayOids() {
    return Arrays.stream(values())
        .map(type -> Integer.toString(type.arrayOid))
        .collect(Collectors.joining(","));
  }

  /** Whether a column of that type (of a domain: its base type) reads our bytes. */
  boolean fits(int oid, boolean isEnum) {
    return oids.contains(oid) || isEnum && this == TEXT;
  }
}
