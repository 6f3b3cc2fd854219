package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link Unfinished}, in state. */
public final class UnfinishedSerializer extends VersionedSerializer<Unfinished> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  private final RetryMessageSerializer messages = new RetryMessageSerializer();

  @Override
  protected void write(Unfinished unfinished, DataOutputView out) throws IOException {
    messages.serialize(unfinished.message(), out);
    out.writeLong(unfinished.arrivedMs());
    out.writeLong(unfinished.deadlineMs());
    out.writeLong(unfinished.dueMs());
    RetryWire.writeList(unfinished.failures(), FailedAttemptSerializer.INSTANCE::serialize, out);
  }

  @Override
  protected Unfinished read(int version, DataInputView in) throws IOException {
    return new Unfinished(
        messages.deserialize(in),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        RetryWire.readList(
            in, AttemptLimits.MOST_ATTEMPTS, FailedAttemptSerializer.INSTANCE::deserialize));
  }
}
