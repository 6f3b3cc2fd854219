package io.onceflow.common.commit;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Binary form of a {@link Segment}. Refuses other versions and lengths that do not fit. */
public final class SegmentSerializer implements SimpleVersionedSerializer<Segment> {

  private static final int VERSION = 1;

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
        });
  }

  @Override
  public Segment deserialize(int version, byte[] bytes) throws IOException {
    Wire.checkVersion(VERSION, version, "A segment");
    return Wire.read(
        bytes, in -> new Segment(Wire.readString(in), in.readInt(), Wire.readParts(in)));
  }
}
