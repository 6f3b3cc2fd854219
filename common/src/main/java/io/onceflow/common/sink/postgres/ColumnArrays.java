package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.RowBuffer;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/**
 * Binary tuples turned into one array per column, the parameters of {@code unnest}: how encoded
 * rows get into a statement where COPY cannot be used. The fields' bytes are not touched.
 *
 * <p>Source: PostgreSQL's {@code array_recv}.
 */
final class ColumnArrays {

  private static final int ONE_DIMENSION = 1;
  private static final int MAY_HAVE_NULLS = 1;
  private static final int FIRST_INDEX = 1;
  private static final int HEADER_BYTES = 5 * Integer.BYTES;

  private final List<PostgresType> types;
  private final RowBuffer[] elements;
  private int rows;

  private ColumnArrays(List<PostgresType> types, int capacity) {
    this.types = types;
    this.elements = new RowBuffer[types.size()];
    for (var i = 0; i < elements.length; i++) {
      elements[i] = new RowBuffer(capacity);
    }
  }

  /**
   * @param types of the tuples' fields
   */
  static ColumnArrays of(List<PostgresType> types, TupleReader.Chunk chunk, int from, int to) {
    var arrays = new ColumnArrays(types, 64 + 16 * (to - from));
    for (var row = from; row < to; row++) {
      arrays.add(chunk, row);
    }
    return arrays;
  }

  private void add(TupleReader.Chunk chunk, int row) {
    var tuple = ByteBuffer.wrap(chunk.bytes());
    var at = chunk.offsets()[row] + Short.BYTES;
    for (var column : elements) {
      var field = Integer.BYTES + Math.max(0, tuple.getInt(at));
      column.putBytes(chunk.bytes(), at, field);
      at += field;
    }
    rows++;
  }

  /** Sets as many parameters as there are columns. */
  void bind(PreparedStatement statement, int firstParameter) throws SQLException {
    for (var i = 0; i < elements.length; i++) {
      statement.setObject(firstParameter + i, new BinaryArray(types.get(i), rows, elements[i]));
    }
  }

  /** An array that the driver sends as it is. Nothing reads it back. */
  private static final class BinaryArray extends PGobject implements PGBinaryObject {
    private static final long serialVersionUID = 1L;

    private final transient RowBuffer elements;
    private final int oid;
    private final int rows;

    BinaryArray(PostgresType type, int rows, RowBuffer elements) {
      setType(type.arrayName());
      this.oid = type.oid();
      this.rows = rows;
      this.elements = elements;
    }

    @Override
    public int lengthInBytes() {
      return HEADER_BYTES + elements.length();
    }

    @Override
    public void toBytes(byte[] target, int offset) {
      ByteBuffer.wrap(target, offset, lengthInBytes())
          .putInt(ONE_DIMENSION)
          .putInt(MAY_HAVE_NULLS)
          .putInt(oid)
          .putInt(rows)
          .putInt(FIRST_INDEX)
          .put(elements.array(), 0, elements.length());
    }

    @Override
    public void setByteValue(byte[] value, int offset) {
      throw new UnsupportedOperationException("Arrays are only sent.");
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
