package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;

/** Writes values as tuples of one table. Arrays, because this is the sink's hot path. */
final class TableEncoder<T> {

  private final PostgresTable<T> table;
  private final boolean isUpsert;
  private final PostgresTable.FieldWriter<T>[] writers;
  private final boolean[] isKey;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  TableEncoder(PostgresTable<T> table) {
    this.table = table;
    this.isUpsert = table.isUpsert();
    var columns = table.columns();
    this.writers = new PostgresTable.FieldWriter[columns.size()];
    this.isKey = new boolean[columns.size()];
    for (var i = 0; i < columns.size(); i++) {
      writers[i] = columns.get(i).writer();
      isKey[i] = table.key().contains(columns.get(i).name());
    }
  }

  /** An upsert has its sequence number in front: the order of writes within the epoch. */
  void encode(T value, long sequence, RowBuffer row, RowBuffer key) throws RowRejectedException {
    row.putShort(writers.length + (isUpsert ? 1 : 0));
    if (isUpsert) {
      BinaryFormat.putLong(row, sequence);
    }
    for (var i = 0; i < writers.length; i++) {
      var start = row.length();
      try {
        writers[i].write(value, row);
      } catch (BinaryFormat.Rejected e) {
        throw e.in(table.name().toString(), table.columns().get(i).name());
      }
      if (isKey[i]) {
        key.putBytes(row.array(), start, row.length() - start);
      }
    }
  }
}
