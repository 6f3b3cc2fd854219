package io.onceflow.common.sink;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tables of one store and which values go to which, by the class of the value. Their order is
 * the order in which they are written; the dead letters come after them.
 *
 * @param <M> the store's mapping
 */
public final class MappedTables<M extends TableMapping<?, ?>> implements Serializable {

  private static final long serialVersionUID = 1L;

  private final List<M> tables = new ArrayList<>();
  private final Map<Class<?>, Integer> tableOfClass = new HashMap<>();

  /** Encodes a value that its table can never take. */
  public interface DeadLetterFormat extends Serializable {
    /** Appends the dead letter. */
    void encode(Object value, RowRejectedException rejection, RowBuffer row);
  }

  /** Adds a table for the values of one class. */
  public void add(Class<?> valueClass, M table) {
    if (table.columns().isEmpty()) {
      throw new IllegalArgumentException("Table %s has no column.".formatted(table.name()));
    }
    if (tables.stream().anyMatch(known -> known.name().equals(table.name()))) {
      throw new IllegalArgumentException(
          "Table %s is mapped twice; give the values that go to it a common class, so that their order is defined."
              .formatted(table.name()));
    }
    if (tableOfClass.put(valueClass, tables.size()) != null) {
      throw new IllegalArgumentException(valueClass.getName() + " goes to two tables.");
    }
    tables.add(table);
  }

  /** The tables in their order. */
  public List<M> all() {
    return List.copyOf(tables);
  }

  /** The names of the tables, and last that of the dead letters' table. */
  public List<String> targets(String deadLetterTable) {
    var targets = new ArrayList<String>();
    tables.forEach(table -> targets.add(table.name()));
    targets.add(deadLetterTable);
    return targets;
  }

  /** A new encoder for one writer. */
  public <T> RowEncoder<T> encoder(DeadLetterFormat deadLetters) {
    return new Encoder<>(tables, Map.copyOf(tableOfClass), deadLetters);
  }

  private static final class Encoder<T> implements RowEncoder<T> {
    private final List<TableEncoder<?>> tables = new ArrayList<>();
    private final Map<Class<?>, Integer> tableOfClass;
    private final DeadLetterFormat deadLetters;
    private long sequence;

    Encoder(
        List<? extends TableMapping<?, ?>> tables,
        Map<Class<?>, Integer> tableOfClass,
        DeadLetterFormat deadLetters) {
      tables.forEach(table -> this.tables.add(new TableEncoder<>(table)));
      this.tableOfClass = tableOfClass;
      this.deadLetters = deadLetters;
    }

    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      var index = tableOfClass.get(value.getClass());
      if (index == null) {
        throw new IllegalArgumentException(
            "No table takes a %s; add one to the store.".formatted(value.getClass().getName()));
      }
      @SuppressWarnings("unchecked") // add(Class, M) is called with pairs that fit
      var table = (TableEncoder<T>) tables.get(index);
      table.encode(value, sequence++, row, key);
      return index;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      deadLetters.encode(value, rejection, row);
      return tables.size();
    }
  }
}
