package io.onceflow.common.commit;

import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Binary form of an {@link Epoch}. Refuses newer versions and lengths that do not fit. */
public final class EpochSerializer implements SimpleVersionedSerializer<Epoch> {

  private static final int VERSION = 2;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(Epoch epoch) throws IOException {
    return Wire.write(
        out -> {
          Wire.writeString(out, epoch.sinkId().value());
          Wire.writeString(out, epoch.lineage());
          out.writeLong(epoch.checkpointId());
          out.writeLong(epoch.previousCheckpointId());
          out.writeBoolean(epoch.scope() == CommitScope.SUBTASK);
          out.writeInt(epoch.subtask());
          Wire.writeString(out, epoch.transactionId());
          out.writeLong(epoch.watermarkMs());
          out.writeLong(epoch.preparedAtMs());
          Wire.writeString(out, epoch.restorePath());
          Wire.writeParts(out, epoch.parts());
          Wire.writeTransactions(out, epoch.transactions());
          Wire.writeStrings(out, epoch.orphans());
        });
  }

  @Override
  public Epoch deserialize(int version, byte[] bytes) throws IOException {
    Wire.checkVersion(VERSION, version, "An epoch");
    return Wire.read(
        bytes,
        in ->
            new Epoch(
                new SinkId(Wire.readString(in)),
                Wire.readString(in),
                in.readLong(),
                in.readLong(),
                in.readBoolean() ? CommitScope.SUBTASK : CommitScope.SINK,
                in.readInt(),
                Wire.readString(in),
                in.readLong(),
                in.readLong(),
                Wire.readString(in),
                Wire.readParts(in, version),
                version == 1 ? List.of() : Wire.readTransactions(in),
                version == 1 ? List.of() : Wire.readStrings(in)));
  }
}
