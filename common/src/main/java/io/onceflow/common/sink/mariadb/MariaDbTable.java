package io.onceflow.common.sink.mariadb;

import io.onceflow.common.sink.Getter;
import io.onceflow.common.sink.TableMapping;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.UUID;

/**
 * How values of one type become rows of one table of MariaDB. Columns that are not mapped get their
 * default. A trigger may read the variable {@code @onceflow_epoch}, the epoch's number in the table
 * {@code marker}; a default may not, since MariaDB does not evaluate variables in it anew.
 *
 * <p>Times are kept to the microsecond, or to what the column keeps; what is finer is cut off.
 *
 * @param <T> the type of the values
 */
public final class MariaDbTable<T> extends TableMapping<T, MariaDbTable<T>> {

  private static final long serialVersionUID = 1L;

  private final TableName tableName;
  private String epochColumn;

  private MariaDbTable(TableName tableName) {
    super(tableName.toString(), new TextFormat());
    this.tableName = tableName;
  }

  /**
   * Starts a mapping. Rows are appended unless {@link #upsertOn} is called.
   *
   * @param name {@code table}, of the database that the sink connects to, or {@code
   *     database.table}; lower case, because servers differ in what they do with upper case
   */
  public static <T> MariaDbTable<T> named(String name) {
    return new MariaDbTable<>(TableName.parse(name));
  }

  /** Maps a {@code boolean} column, which is {@code tinyint(1)}. */
  public MariaDbTable<T> bool(String column, Getter<T, Boolean> getter) {
    return add(column, MariaDbType.BOOLEAN, getter, TextFormat::putBoolean);
  }

  /** Maps a {@code smallint} column, or a wider one. */
  public MariaDbTable<T> smallint(String column, Getter<T, Short> getter) {
    return add(
        column, MariaDbType.SMALLINT, getter, (out, value) -> TextFormat.putLong(out, value));
  }

  /** Maps an {@code int} or {@code bigint} column. */
  public MariaDbTable<T> integer(String column, Getter<T, Integer> getter) {
    return add(column, MariaDbType.INT, getter, (out, value) -> TextFormat.putLong(out, value));
  }

  /** Maps a {@code bigint} column. */
  public MariaDbTable<T> bigint(String column, Getter<T, Long> getter) {
    return add(column, MariaDbType.BIGINT, getter, TextFormat::putLong);
  }

  /** Maps a {@code float} or {@code double} column; what is not finite is rejected. */
  public MariaDbTable<T> real(String column, Getter<T, Float> getter) {
    return add(column, MariaDbType.FLOAT, getter, TextFormat::putFloat);
  }

  /** Maps a {@code double} column; what is not finite is rejected. */
  public MariaDbTable<T> doublePrecision(String column, Getter<T, Double> getter) {
    return add(column, MariaDbType.DOUBLE, getter, TextFormat::putDouble);
  }

  /** Maps a {@code decimal} column; what its precision cannot hold is rejected by the server. */
  public MariaDbTable<T> decimal(String column, Getter<T, BigDecimal> getter) {
    return add(column, MariaDbType.DECIMAL, getter, TextFormat::putDecimal);
  }

  /** Maps a {@code char}, {@code varchar} or {@code text} column. */
  public MariaDbTable<T> text(String column, Getter<T, String> getter) {
    return add(column, MariaDbType.TEXT, getter, TextFormat::putText);
  }

  /** Maps a {@code binary}, {@code varbinary} or {@code blob} column. */
  public MariaDbTable<T> blob(String column, Getter<T, byte[]> getter) {
    return add(column, MariaDbType.BLOB, getter, TextFormat::putHex);
  }

  /** Maps a {@code date} column. */
  public MariaDbTable<T> date(String column, Getter<T, LocalDate> getter) {
    return add(column, MariaDbType.DATE, getter, TextFormat::putDate);
  }

  /** Maps a {@code datetime} column: a time without a zone. */
  public MariaDbTable<T> datetime(String column, Getter<T, LocalDateTime> getter) {
    return add(column, MariaDbType.DATETIME, getter, TextFormat::putDatetime);
  }

  /**
   * Maps a {@code timestamp} column, or a {@code datetime} column that holds UTC. The first ends in
   * 2038 on most servers; later times are rejected by the server.
   */
  public MariaDbTable<T> timestamp(String column, Getter<T, Instant> getter) {
    return add(column, MariaDbType.TIMESTAMP, getter, TextFormat::putTimestamp);
  }

  /** Maps a {@code uuid} column, or one of 36 characters. */
  public MariaDbTable<T> uuid(String column, Getter<T, UUID> getter) {
    return add(column, MariaDbType.UUID, getter, TextFormat::putUuid);
  }

  /** Maps a {@code json} column; text that is not JSON is rejected by the server. */
  public MariaDbTable<T> json(String column, Getter<T, String> getter) {
    return add(column, MariaDbType.JSON, getter, TextFormat::putText);
  }

  /** Fills a {@code bigint} column with the number that the epoch has in the table marker. */
  public MariaDbTable<T> epoch(String column) {
    requireColumnName(column);
    epochColumn = column;
    return this;
  }

  @Override
  protected MariaDbTable<T> self() {
    return this;
  }

  /** The column for the epoch's number, or null. */
  String epochColumn() {
    return epochColumn;
  }

  TableName tableName() {
    return tableName;
  }
}
