package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link LedgerOutput} between operators: a tag, then the row. */
public final class LedgerOutputSerializer extends VersionedSerializer<LedgerOutput> {

  private static final long serialVersionUID = 1L;
  private static final TransferKind[] KINDS = TransferKind.values();
  private static final int TRANSFER = 0;
  private static final int ACCOUNT = 1;
  private static final int RESULT = 2;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(LedgerOutput row, DataOutputView out) throws IOException {
    if (row instanceof TransferRow transfer) {
      out.writeByte(TRANSFER);
      writeTransfer(transfer, out);
    } else if (row instanceof ResultRow result) {
      out.writeByte(RESULT);
      ResultRowSerializer.INSTANCE.serialize(result, out);
    } else {
      AccountRow account = (AccountRow) row;
      out.writeByte(ACCOUNT);
      out.writeUTF(account.group());
      AccountSerializer.INSTANCE.serialize(account.account(), out);
    }
  }

  @Override
  protected LedgerOutput read(int version, DataInputView in) throws IOException {
    int tag = in.readUnsignedByte();
    return switch (tag) {
      case TRANSFER -> readTransfer(in);
      case ACCOUNT -> new AccountRow(in.readUTF(), AccountSerializer.INSTANCE.deserialize(in));
      case RESULT -> ResultRowSerializer.INSTANCE.deserialize(in);
      default -> throw new IOException("There is no ledger output with tag " + tag + ".");
    };
  }

  private static void writeTransfer(TransferRow row, DataOutputView out) throws IOException {
    out.writeUTF(row.group());
    out.writeLong(row.seq());
    UuidSerializer.write(row.id(), out);
    out.writeByte(row.kind().ordinal());
    UuidSerializer.writeNullable(row.pendingId(), out);
    out.writeLong(row.debit());
    out.writeLong(row.credit());
    out.writeLong(row.amount());
    out.writeLong(row.postedDelta());
    out.writeLong(row.pendingDelta());
    out.writeInt(row.ledger());
    out.writeInt(row.code());
    out.writeInt(row.timeoutSeconds());
    out.writeLong(row.logTimeMs());
    out.writeInt(row.partition());
    out.writeLong(row.offset());
  }

  private static TransferRow readTransfer(DataInputView in) throws IOException {
    return new TransferRow(
        in.readUTF(),
        in.readLong(),
        UuidSerializer.read(in),
        numbered(KINDS, in.readUnsignedByte()),
        UuidSerializer.readNullable(in),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        in.readInt(),
        in.readLong());
  }
}
