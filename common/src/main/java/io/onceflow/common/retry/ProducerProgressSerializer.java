package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link ProducerProgress}, in state. */
public final class ProducerProgressSerializer extends VersionedSerializer<ProducerProgress> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(ProducerProgress progress, DataOutputView out) throws IOException {
    RetryWire.writeText(progress.replyTo(), out);
    SequenceSetSerializer.INSTANCE.serialize(progress.finals(), out);
    SequenceSetSerializer.INSTANCE.serialize(progress.waiting(), out);
    out.writeLong(progress.highest());
    out.writeLong(progress.marked());
    out.writeLong(progress.markedMs());
    out.writeBoolean(progress.unsent());
  }

  @Override
  protected ProducerProgress read(int version, DataInputView in) throws IOException {
    return new ProducerProgress(
        RetryWire.readText(in),
        SequenceSetSerializer.INSTANCE.deserialize(in),
        SequenceSetSerializer.INSTANCE.deserialize(in),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readBoolean());
  }
}
