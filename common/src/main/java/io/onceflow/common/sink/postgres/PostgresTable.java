package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.config.OneLine;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * How values of one type become rows of one table. Columns that are not mapped get their default. A
 * default may use the settings that the sink makes during its transaction: {@code
 * current_setting('onceflow.epoch')::bigint} is the epoch's number in {@code onceflow.marker}.
 *
 * <p>Times are kept to the microsecond; what is finer is cut off. {@code timestamptz} takes an
 * {@link Instant}, so no session's time zone matters.
 *
 * @param <T> the type of the values
 */
public final class PostgresTable<T> implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Writes one field: its length and bytes, or null. */
  interface FieldWriter<T> extends Serializable {
    void write(T value, RowBuffer out) throws BinaryFormat.Rejected;
  }

  /** Writes a value that is not null. */
  private interface ValueWriter<V> extends Serializable {
    void write(RowBuffer out, V value) throws BinaryFormat.Rejected;
  }

  /** One mapped column. */
  record Column<T>(String name, PostgresType type, FieldWriter<T> writer) implements Serializable {}

  private final Identifier name;
  private final List<Column<T>> columns = new ArrayList<>();
  private final List<String> key = new ArrayList<>();

  private PostgresTable(Identifier name) {
    this.name = name;
  }

  /**
   * Starts a mapping. Rows are appended unless {@link #upsertOn} is called.
   *
   * @param name {@code table} or {@code schema.table}, as they are spelled in the catalog
   */
  public static <T> PostgresTable<T> named(String name) {
    return new PostgresTable<>(Identifier.parse(name));
  }

  /** Maps a {@code boolean} column. */
  public PostgresTable<T> bool(String column, Getter<T, Boolean> getter) {
    return add(column, PostgresType.BOOLEAN, getter, BinaryFormat::putBoolean);
  }

  /** Maps a {@code smallint} column. */
  public PostgresTable<T> smallint(String column, Getter<T, Short> getter) {
    return add(column, PostgresType.SMALLINT, getter, BinaryFormat::putShort);
  }

  /** Maps an {@code integer} column. */
  public PostgresTable<T> integer(String column, Getter<T, Integer> getter) {
    return add(column, PostgresType.INTEGER, getter, BinaryFormat::putInt);
  }

  /** Maps a {@code bigint} column. */
  public PostgresTable<T> bigint(String column, Getter<T, Long> getter) {
    return add(column, PostgresType.BIGINT, getter, BinaryFormat::putLong);
  }

  /** Maps a {@code real} column. */
  public PostgresTable<T> real(String column, Getter<T, Float> getter) {
    return add(
        column,
        PostgresType.REAL,
        getter,
        (out, value) -> BinaryFormat.putInt(out, Float.floatToIntBits(value)));
  }

  /** Maps a {@code double precision} column. */
  public PostgresTable<T> doublePrecision(String column, Getter<T, Double> getter) {
    return add(
        column,
        PostgresType.DOUBLE,
        getter,
        (out, value) -> BinaryFormat.putLong(out, Double.doubleToLongBits(value)));
  }

  /** Maps a {@code numeric} column; a value that its precision cannot hold is rejected there. */
  public PostgresTable<T> numeric(String column, Getter<T, BigDecimal> getter) {
    return add(column, PostgresType.NUMERIC, getter, BinaryFormat::putNumeric);
  }

  /** Maps a {@code text}, {@code varchar}, {@code char} or enum column. */
  public PostgresTable<T> text(String column, Getter<T, String> getter) {
    return add(column, PostgresType.TEXT, getter, BinaryFormat::putText);
  }

  /** Maps a {@code bytea} column. */
  public PostgresTable<T> bytea(String column, Getter<T, byte[]> getter) {
    return add(column, PostgresType.BYTEA, getter, BinaryFormat::putBytes);
  }

  /** Maps a {@code date} column. */
  public PostgresTable<T> date(String column, Getter<T, LocalDate> getter) {
    return add(column, PostgresType.DATE, getter, BinaryFormat::putDate);
  }

  /** Maps a {@code timestamp without time zone} column. */
  public PostgresTable<T> timestamp(String column, Getter<T, LocalDateTime> getter) {
    return add(column, PostgresType.TIMESTAMP, getter, BinaryFormat::putTimestamp);
  }

  /** Maps a {@code timestamp with time zone} column. */
  public PostgresTable<T> timestamptz(String column, Getter<T, Instant> getter) {
    return add(column, PostgresType.TIMESTAMPTZ, getter, BinaryFormat::putTimestamptz);
  }

  /** Maps a {@code uuid} column. */
  public PostgresTable<T> uuid(String column, Getter<T, UUID> getter) {
    return add(column, PostgresType.UUID, getter, BinaryFormat::putUuid);
  }

  /** Maps a {@code json} column; text that is not JSON is rejected by the server. */
  public PostgresTable<T> json(String column, Getter<T, String> getter) {
    return add(column, PostgresType.JSON, getter, BinaryFormat::putText);
  }

  /** Maps a {@code jsonb} column; text that is not JSON is rejected by the server. */
  public PostgresTable<T> jsonb(String column, Getter<T, String> getter) {
    return add(column, PostgresType.JSONB, getter, BinaryFormat::putJsonb);
  }

  /**
   * Makes it an upsert: the last write per key in an epoch inserts the row or replaces its mapped
   * columns. Values of one key must come from one subtask (key the stream by it), else "last" is
   * not defined.
   *
   * @param keyColumns mapped columns with a unique index or primary key over exactly them
   */
  public PostgresTable<T> upsertOn(String... keyColumns) {
    for (var column : keyColumns) {
      if (columns.stream().noneMatch(mapped -> mapped.name().equals(column))) {
        throw new IllegalArgumentException(
            "Key column %s of table %s is not mapped; map it before upsertOn."
                .formatted(OneLine.of(column), name));
      }
      key.add(column);
    }
    return this;
  }

  Identifier name() {
    return name;
  }

  List<Column<T>> columns() {
    return columns;
  }

  List<String> key() {
    return key;
  }

  boolean isUpsert() {
    return !key.isEmpty();
  }

  private <V> PostgresTable<T> add(
      String column, PostgresType type, Getter<T, V> getter, ValueWriter<V> writer) {
    Identifier.checkPart(column);
    if (columns.stream().anyMatch(mapped -> mapped.name().equals(column))) {
      throw new IllegalArgumentException(
          "Column %s of table %s is mapped twice.".formatted(column, name));
    }
    columns.add(
        new Column<>(
            column,
            type,
            (value, out) -> {
              var field = getter.get(value);
              if (field == null) {
                BinaryFormat.putNull(out);
              } else {
                writer.write(out, field);
              }
            }));
    return this;
  }
}
