package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link Account} in state and between operators. */
public final class AccountSerializer extends VersionedSerializer<Account> {

  static final AccountSerializer INSTANCE = new AccountSerializer();

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(Account account, DataOutputView out) throws IOException {
    out.writeLong(account.id());
    out.writeInt(account.ledger());
    out.writeInt(account.code());
    out.writeByte(account.flags());
    out.writeBoolean(account.closed());
    out.writeLong(account.debitsPending());
    out.writeLong(account.debitsPosted());
    out.writeLong(account.creditsPending());
    out.writeLong(account.creditsPosted());
    out.writeLong(account.changedAtMs());
  }

  @Override
  protected Account read(int version, DataInputView in) throws IOException {
    return new Account(
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readUnsignedByte(),
        in.readBoolean(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong());
  }
}
