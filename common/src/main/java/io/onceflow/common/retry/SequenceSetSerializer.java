package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import io.onceflow.producer.wire.SequenceRange;
import java.io.IOException;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link SequenceSet}, inside of others. */
final class SequenceSetSerializer extends VersionedSerializer<SequenceSet> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  static final SequenceSetSerializer INSTANCE = new SequenceSetSerializer();

  @Override
  protected void write(SequenceSet set, DataOutputView out) throws IOException {
    writeRanges(set.ranges(), out);
  }

  @Override
  protected SequenceSet read(int version, DataInputView in) throws IOException {
    return new SequenceSet(readRanges(in, SequenceSet.MAX_RANGES));
  }

  static void writeRanges(List<SequenceRange> ranges, DataOutputView out) throws IOException {
    RetryWire.writeList(
        ranges,
        (range, to) -> {
          to.writeLong(range.first());
          to.writeLong(range.last());
        },
        out);
  }

  static List<SequenceRange> readRanges(DataInputView in, int max) throws IOException {
    return RetryWire.readList(in, max, from -> new SequenceRange(from.readLong(), from.readLong()));
  }
}
