package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link RetryDeadLetter}, between operators. */
public final class RetryDeadLetterSerializer extends VersionedSerializer<RetryDeadLetter> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  private final RetryMessageSerializer messages = new RetryMessageSerializer();

  @Override
  protected void write(RetryDeadLetter letter, DataOutputView out) throws IOException {
    messages.serialize(letter.message(), out);
    RetryWire.writeText(letter.reason(), out);
    out.writeLong(letter.arrivedMs());
    out.writeLong(letter.endedMs());
    RetryWire.writeList(letter.failures(), FailedAttemptSerializer.INSTANCE::serialize, out);
  }

  @Override
  protected RetryDeadLetter read(int version, DataInputView in) throws IOException {
    return new RetryDeadLetter(
        messages.deserialize(in),
        RetryWire.readText(in),
        in.readLong(),
        in.readLong(),
        RetryWire.readList(
            in, AttemptLimits.MOST_ATTEMPTS, FailedAttemptSerializer.INSTANCE::deserialize));
  }
}
