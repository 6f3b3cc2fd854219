package io.onceflow.common.sink;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;

/** Writes values as rows of one table. Arrays, because this is the sink's hot path. */
final class TableEncoder<T> {

  private final TableMapping<T, ?> table;
  private final RowFormat format;
  private final boolean isUpsert;
  private final TableMapping.FieldWriter<T>[] writers;
  private final boolean[] isKey;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  TableEncoder(TableMapping<T, ?> table) {
    this.table = table;
    this.format = table.format();
    this.isUpsert = table.isUpsert();
    var columns = table.columns();
    this.writers = new TableMapping.FieldWriter[columns.size()];
    this.isKey = new boolean[columns.size()];
    for (var i = 0; i < columns.size(); i++) {
      writers[i] = columns.get(i).writer();
      isKey[i] = table.key().contains(columns.get(i).name());
    }
  }

  /** An upsert has its sequence number in front: the order of writes within the epoch. */
  void encode(T value, long sequence, RowBuffer row, RowBuffer key) throws RowRejectedException {
    format.beginRow(row, writers.length + (isUpsert ? 1 : 0));
    if (isUpsert) {
      format.putSequence(row, sequence);
      format.endField(row, false);
    }
    for (var i = 0; i < writers.length; i++) {
      var start = row.length();
      try {
        writers[i].write(value, row);
      } catch (RejectedFieldException e) {
        throw e.in(table.name(), table.columns().get(i).name());
      }
      format.endField(row, i == writers.length - 1);
      if (isKey[i]) {
        key.putBytes(row.array(), start, row.length() - start);
      }
    }
  }
}
