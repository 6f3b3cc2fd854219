package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowSum;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyInputStream;

/**
 * Computes from a table the {@link RowSum} that the writer computed from its encoded rows: the
 * server's binary output of the mapped columns is, byte for byte, what was sent, for the types that
 * the server does not normalise.
 */
final class TableSums {

  /**
   * boolean, integers, floats, text, varchar, bytea, date, uuid, json. Not numeric (its zeros are
   * normalised), jsonb (its keys are) and char(n) (it is padded); times only without a precision.
   */
  private static final String SAME_BYTES =
      """
      SELECT count(*) FROM unnest(?) AS wanted
      JOIN pg_attribute a ON a.attrelid = ?::regclass AND a.attname = wanted AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
      WHERE t.typtype = 'e' OR coalesce(nullif(t.typbasetype, 0), t.oid) IN (16, 20, 21, 23, 700, 701, 25, 1043, 17, 1082, 2950, 114)
        OR t.oid IN (1114, 1184) AND a.atttypmod < 0
      """;

  private static final int HEADER_BYTES = BinaryFormat.HEADER.length;

  private final Connection connection;
  private final Identifier table;
  private final List<String> columns;

  TableSums(Connection connection, Identifier table, List<String> columns) {
    this.connection = connection;
    this.table = table;
    this.columns = columns;
  }

  /** Whether all columns are there and of such types. */
  boolean isPossible() throws SQLException {
    return new Query(SAME_BYTES, columns.toArray(String[]::new), table.quoted()).number(connection)
        == columns.size();
  }

  /**
   * One pass over the table.
   *
   * @param groupBy an expression of type bigint
   * @return the sum of each group
   */
  Map<Long, Long> read(String groupBy) throws SQLException {
    var sql =
        "COPY (SELECT (%s)::bigint, %s FROM %s) TO STDOUT (FORMAT binary)"
            .formatted(
                groupBy,
                columns.stream().map(Identifier::quote).collect(Collectors.joining(", ")),
                table.quoted());
    try (var copy = new PGCopyInputStream(connection.unwrap(PGConnection.class), sql);
        var in = new DataInputStream(new BufferedInputStream(copy, 256 * 1024))) {
      in.skipNBytes(HEADER_BYTES);
      return sums(in);
    } catch (IOException e) {
      throw new SQLException(
          "Reading %s broke off: %s".formatted(table, e.getMessage()), "08006", e);
    }
  }

  private static Map<Long, Long> sums(DataInputStream in) throws IOException {
    var sums = new HashMap<Long, RowSum>();
    var row = new RowBuffer(512);
    for (var fields = in.readShort(); fields >= 0; fields = in.readShort()) {
      in.readInt();
      var group = in.readLong();
      row.clear();
      row.putShort(fields - 1);
      for (var i = 1; i < fields; i++) {
        copyField(in, row);
      }
      sums.computeIfAbsent(group, key -> new RowSum()).add(row.array(), row.length());
    }
    return sums.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().value()));
  }

  private static void copyField(DataInputStream in, RowBuffer row) throws IOException {
    var length = in.readInt();
    row.putInt(length);
    if (length > 0) {
      var bytes = in.readNBytes(length);
      row.putBytes(bytes, 0, bytes.length);
    }
  }
}
