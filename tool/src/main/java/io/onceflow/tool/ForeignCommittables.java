package io.onceflow.tool;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.EpochSerializer;
import io.onceflow.common.commit.SinkId;
import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Reads epochs, and notes when a committable is none: a job has other sinks too. A damaged epoch of
 * ours is taken for foreign as well; then the sink's epochs are missing, and nothing is decided.
 */
final class ForeignCommittables implements SimpleVersionedSerializer<Epoch> {

  private static final Epoch NOTHING =
      new Epoch(
          new SinkId("none"),
          "",
          0,
          0,
          CommitScope.SINK,
          0,
          "",
          0,
          0,
          "",
          List.of(),
          List.of(),
          List.of());

  private final EpochSerializer epochs;
  private boolean seen;

  ForeignCommittables(EpochSerializer epochs) {
    this.epochs = epochs;
  }

  boolean seen() {
    return seen;
  }

  @Override
  public int getVersion() {
    return epochs.getVersion();
  }

  @Override
  public byte[] serialize(Epoch epoch) throws IOException {
    return epochs.serialize(epoch);
  }

  @Override
  public Epoch deserialize(int version, byte[] bytes) {
    try {
      return epochs.deserialize(version, bytes);
    } catch (IOException e) {
      seen = true;
      return NOTHING;
    }
  }
}
