package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link ResultRow} between operators. */
public final class ResultRowSerializer extends VersionedSerializer<ResultRow> {

  static final ResultRowSerializer INSTANCE = new ResultRowSerializer();

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(ResultRow row, DataOutputView out) throws IOException {
    out.writeInt(row.partition());
    out.writeLong(row.offset());
    out.writeByte(row.leg());
    out.writeUTF(row.group());
    UuidSerializer.writeNullable(row.id(), out);
    out.writeLong(row.account());
    out.writeByte(row.result().number());
    out.writeLong(row.seq());
    out.writeLong(row.logTimeMs());
  }

  @Override
  protected ResultRow read(int version, DataInputView in) throws IOException {
    return new ResultRow(
        in.readInt(),
        in.readLong(),
        in.readUnsignedByte(),
        in.readUTF(),
        UuidSerializer.readNullable(in),
        in.readLong(),
        ResultCode.of(in.readUnsignedByte()),
        in.readLong(),
        in.readLong());
  }
}
