package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link ProducerAcknowledgement}, between operators. */
public final class ProducerAcknowledgementSerializer
    extends VersionedSerializer<ProducerAcknowledgement> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(ProducerAcknowledgement report, DataOutputView out) throws IOException {
    RetryWire.writeText(report.producer(), out);
    RetryWire.writeText(report.replyTo(), out);
    out.writeLong(report.upTo());
    SequenceSetSerializer.writeRanges(report.selective(), out);
    SequenceSetSerializer.writeRanges(report.missing(), out);
    out.writeLong(report.atMs());
  }

  @Override
  protected ProducerAcknowledgement read(int version, DataInputView in) throws IOException {
    return new ProducerAcknowledgement(
        RetryWire.readText(in),
        RetryWire.readText(in),
        in.readLong(),
        SequenceSetSerializer.readRanges(in, ProducerAcknowledgement.MAX_RANGES),
        SequenceSetSerializer.readRanges(in, ProducerAcknowledgement.MAX_RANGES),
        in.readLong());
  }
}
