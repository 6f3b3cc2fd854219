package io.onceflow.common.commit;

import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Binary form of a {@link Segment}. Refuses newer versions and lengths that do not fit. */
public final class SegmentSerializer implements SimpleVersionedSerializer<Segment> {

  private static final int VERSION = 2;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(Segment segment) throws IOException {
    return Wire.write(
        out -> {
          Wire.writeString(out, segment.writer());
          out.writeInt(segment.subtask());
          Wire.writeParts(out, segment.parts());
          Wire.writeTransactions(
              out, segment.transaction() == null ? List.of() : List.of(segment.transaction()));
        });
  }

  @Override
  public Segment deserialize(int version, byte[] bytes) throws IOException {
    Wire.checkVersion(VERSION, version, "A segment");
    return Wire.read(
        bytes,
        in -> {
          var writer = Wire.readString(in);
          var subtask = in.readInt();
          var parts = Wire.readParts(in, version);
          var transactions =
              version == 1 ? List.<PreparedTransaction>of() : Wire.readTransactions(in);
          return new Segment(
              writer, subtask, parts, transactions.isEmpty() ? null : transactions.get(0));
        });
  }
}
