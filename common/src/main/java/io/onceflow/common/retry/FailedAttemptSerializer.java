package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link FailedAttempt}, inside of others. */
public final class FailedAttemptSerializer extends VersionedSerializer<FailedAttempt> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  static final FailedAttemptSerializer INSTANCE = new FailedAttemptSerializer();

  @Override
  protected void write(FailedAttempt failure, DataOutputView out) throws IOException {
    out.writeInt(failure.number());
    out.writeLong(failure.startedMs());
    out.writeLong(failure.endedMs());
    out.writeBoolean(failure.known());
    RetryWire.writeText(failure.dependency(), out);
    RetryWire.writeText(failure.code(), out);
    RetryWire.writeText(failure.detail(), out);
  }

  @Override
  protected FailedAttempt read(int version, DataInputView in) throws IOException {
    return new FailedAttempt(
        in.readInt(),
        in.readLong(),
        in.readLong(),
        in.readBoolean(),
        RetryWire.readText(in),
        RetryWire.readText(in),
        RetryWire.readText(in));
  }
}
