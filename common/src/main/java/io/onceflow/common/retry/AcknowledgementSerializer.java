package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link Acknowledgement}, between operators and in state. */
public final class AcknowledgementSerializer extends VersionedSerializer<Acknowledgement> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(Acknowledgement acknowledgement, DataOutputView out) throws IOException {
    RetryWire.writeText(acknowledgement.producer(), out);
    out.writeLong(acknowledgement.sequence());
    RetryWire.writeText(acknowledgement.id(), out);
    RetryWire.writeText(acknowledgement.replyTo(), out);
    out.writeByte(acknowledgement.status().ordinal());
    RetryWire.writeText(acknowledgement.code(), out);
    out.writeInt(acknowledgement.attempts());
    out.writeLong(acknowledgement.atMs());
    out.writeBoolean(acknowledgement.repeated());
  }

  @Override
  protected Acknowledgement read(int version, DataInputView in) throws IOException {
    return new Acknowledgement(
        RetryWire.readText(in),
        in.readLong(),
        RetryWire.readText(in),
        RetryWire.readText(in),
        RetryWire.numbered(Acknowledgement.Status.values(), in.readUnsignedByte()),
        RetryWire.readText(in),
        in.readInt(),
        in.readLong(),
        in.readBoolean());
  }
}
