package io.onceflow.common.sink;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.config.OneLine;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How values of one type become rows of one table. A store's own mapping adds a method for each of
 * its column types. Columns that are not mapped get their default.
 *
 * @param <T> the type of the values
 * @param <S> the store's own mapping
 */
public abstract class TableMapping<T, S extends TableMapping<T, S>> implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final Pattern COLUMN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  private final String name;
  private final RowFormat format;
  private final List<Column<T>> columns = new ArrayList<>();
  private final List<String> key = new ArrayList<>();

  /**
   * @param name of the table, as it is shown
   * @param format of its rows
   */
  protected TableMapping(String name, RowFormat format) {
    this.name = name;
    this.format = format;
  }

  /** A type of the store's columns. */
  public interface ColumnType extends Serializable {
    /** As the server writes it. */
    String sqlName();
  }

  /** Writes one field: the value's, or that of a null. */
  public interface FieldWriter<T> extends Serializable {
    /** Appends the field. */
    void write(T value, RowBuffer out) throws RejectedFieldException;
  }

  /** Writes a value that is not null. */
  public interface ValueWriter<V> extends Serializable {
    /** Appends the value. */
    void write(RowBuffer out, V value) throws RejectedFieldException;
  }

  /**
   * One mapped column.
   *
   * @param name as it is spelled in the mapping
   * @param type what the mapping says it is
   * @param writer writes its field
   */
  public record Column<T>(String name, ColumnType type, FieldWriter<T> writer)
      implements Serializable {}

  /** This mapping as its own type. */
  protected abstract S self();

  /**
   * Makes it an upsert: the last write per key in an epoch inserts the row or replaces its mapped
   * columns. Values of one key must come from one subtask (key the stream by it), else "last" is
   * not defined.
   *
   * @param keyColumns mapped columns with a unique index or primary key over exactly them
   */
  public final S upsertOn(String... keyColumns) {
    for (var column : keyColumns) {
      if (columns.stream().noneMatch(mapped -> mapped.name().equals(column))) {
        throw new IllegalArgumentException(
            "Key column %s of table %s is not mapped; map it before upsertOn."
                .formatted(OneLine.of(column), name));
      }
      key.add(column);
    }
    return self();
  }

  /** Adds a column. */
  protected final <V> S add(
      String column, ColumnType type, Getter<T, V> getter, ValueWriter<V> writer) {
    requireColumnName(column);
    if (columns.stream().anyMatch(mapped -> mapped.name().equalsIgnoreCase(column))) {
      throw new IllegalArgumentException(
          "Column %s of table %s is mapped twice.".formatted(column, name));
    }
    var nulls = format;
    columns.add(
        new Column<>(
            column,
            type,
            (value, out) -> {
              var field = getter.get(value);
              if (field == null) {
                nulls.putNull(out);
              } else {
                writer.write(out, field);
              }
            }));
    return self();
  }

  /** Refuses what is no plain name. */
  protected static void requireColumnName(String column) {
    if (!COLUMN.matcher(column).matches()) {
      throw new IllegalArgumentException(
          "Name '%s' must match %s.".formatted(OneLine.of(column), COLUMN.pattern()));
    }
  }

  /** The table's name, as it is shown. */
  public final String name() {
    return name;
  }

  /** The mapped columns, in their order. */
  public final List<Column<T>> columns() {
    return columns;
  }

  /** The columns that upserts go by; empty when rows are appended. */
  public final List<String> key() {
    return key;
  }

  /** Whether a row replaces an earlier one of its key. */
  public final boolean isUpsert() {
    return !key.isEmpty();
  }

  final RowFormat format() {
    return format;
  }
}
