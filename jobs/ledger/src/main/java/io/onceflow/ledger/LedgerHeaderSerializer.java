package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link LedgerHeader}. */
public final class LedgerHeaderSerializer extends VersionedSerializer<LedgerHeader> {

  static final LedgerHeaderSerializer INSTANCE = new LedgerHeaderSerializer();

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(LedgerHeader header, DataOutputView out) throws IOException {
    out.writeLong(header.logTimeMs());
    out.writeLong(header.nextSeq());
    out.writeLong(header.nextDueSecond());
    out.writeLong(header.nextForgetSecond());
    out.writeLong(header.tooOldBeforeMs());
  }

  @Override
  protected LedgerHeader read(int version, DataInputView in) throws IOException {
    return new LedgerHeader(
        in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong());
  }
}
