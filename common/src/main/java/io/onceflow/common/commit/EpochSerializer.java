package io.onceflow.common.commit;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Binary form of an {@link Epoch}. Refuses newer versions and lengths that do not fit. A sink's own
 * also says by which strategy the epoch is committed, and refuses the other one's: each would skip
 * rows that only the other knows of.
 *
 * <p>Version 1 had no transactions and no sums, version 2 no strategy.
 */
public final class EpochSerializer implements SimpleVersionedSerializer<Epoch> {

  private static final int VERSION = 3;

  private final CommitStrategy strategy;

  /** Reads and writes epochs of any strategy, between operators and in tools. */
  public EpochSerializer() {
    this(null);
  }

  /**
   * @param strategy the one that the sink is configured with, or null for any
   */
  EpochSerializer(CommitStrategy strategy) {
    this.strategy = strategy;
  }

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
          Wire.writeString(out, strategy == null ? "" : strategy.name());
        });
  }

  /**
   * @throws IOException when the bytes are no epoch
   * @throws SuppressRestartsException when it is one of another strategy: no restart can help
   */
  @Override
  public Epoch deserialize(int version, byte[] bytes) throws IOException {
    Wire.checkVersion(VERSION, version, "An epoch");
    try {
      return Wire.read(bytes, in -> read(version, in));
    } catch (IOException e) {
      throw new IOException(
          "What was restored as an epoch is none, or is damaged: %s A sink of another kind needs a uid of its own: docs/operate.md, 'Another strategy'."
              .formatted(e.getMessage()),
          e);
    }
  }

  private Epoch read(int version, DataInputStream in) throws IOException {
    var epoch =
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
            version == 1 ? List.of() : Wire.readStrings(in));
    var written = version < 3 ? older(version, epoch) : known(Wire.readString(in));
    if (strategy != null) {
      strategy.requireSame(epoch.sinkId(), written);
    }
    return epoch;
  }

  /** A word that was damaged is damage, and not another strategy. */
  private static String known(String written) {
    return written.isEmpty() ? written : CommitStrategy.valueOf(written).name();
  }

  /** What can be told of an epoch that does not say it. */
  private static String older(int version, Epoch epoch) {
    if (version == 1) {
      return CommitStrategy.STAGED.name();
    }
    var prepared = !epoch.transactions().isEmpty() || !epoch.orphans().isEmpty();
    return prepared ? CommitStrategy.PREPARED.name() : "";
  }
}
