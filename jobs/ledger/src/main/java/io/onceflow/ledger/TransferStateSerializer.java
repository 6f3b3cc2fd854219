package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The format of {@link TransferState}: only what its kind needs, because there is one per transfer.
 */
public final class TransferStateSerializer extends VersionedSerializer<TransferState> {

  static final TransferStateSerializer INSTANCE = new TransferStateSerializer();

  private static final long serialVersionUID = 1L;
  private static final TransferKind[] KINDS = TransferKind.values();
  private static final PendingStatus[] STATUSES = PendingStatus.values();

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(TransferState state, DataOutputView out) throws IOException {
    out.writeByte(state.kind().ordinal());
    if (state.kind() == TransferKind.FAILED) {
      return;
    }
    out.writeLong(state.seq());
    out.writeLong(state.amount());
    if (state.pendingId() != null) {
      UuidSerializer.write(state.pendingId(), out);
      return;
    }
    out.writeByte(state.status().ordinal());
    out.writeLong(state.debit());
    out.writeLong(state.credit());
    out.writeInt(state.ledger());
    out.writeInt(state.code());
    out.writeInt(state.timeoutSeconds());
  }

  @Override
  protected TransferState read(int version, DataInputView in) throws IOException {
    TransferKind kind = numbered(KINDS, in.readUnsignedByte());
    return switch (kind) {
      case FAILED -> TransferState.FAILED;
      case POST, VOID, EXPIRE -> readResolving(kind, in);
      case TRANSFER, PENDING -> readLegs(kind, in);
    };
  }

  private static TransferState readResolving(TransferKind kind, DataInputView in)
      throws IOException {
    long seq = in.readLong();
    long amount = in.readLong();
    return TransferState.resolving(kind, UuidSerializer.read(in), amount, seq);
  }

  private static TransferState readLegs(TransferKind kind, DataInputView in) throws IOException {
    long seq = in.readLong();
    long amount = in.readLong();
    PendingStatus status = numbered(STATUSES, in.readUnsignedByte());
    return new TransferState(
        kind,
        status,
        seq,
        null,
        in.readLong(),
        in.readLong(),
        amount,
        in.readInt(),
        in.readInt(),
        in.readInt());
  }
}
