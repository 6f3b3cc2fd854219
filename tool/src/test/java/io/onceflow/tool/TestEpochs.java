package io.onceflow.tool;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SinkId;
import java.util.List;
import java.util.stream.LongStream;

/** Epochs of the test's sink. */
final class TestEpochs {

  private static final String GATHERER = "fedcba9876543210fedcba9876543210";

  private TestEpochs() {}

  /** The id of the test writer's transaction. */
  static String id(long sequence) {
    return "of.%s.%s.0.%d".formatted(ToolDatabase.SINK, ToolDatabase.WRITER, sequence);
  }

  /** A prepared epoch with transactions of the test's writer. */
  static Epoch epoch(long checkpointId, long previous, long... sequences) {
    return of(
        checkpointId,
        previous,
        List.of(),
        LongStream.of(sequences)
            .mapToObj(sequence -> new PreparedTransaction(id(sequence), 1, 10, 5, 0))
            .toList());
  }

  /** A staged epoch of one row. */
  static Epoch staged(long checkpointId, long previous) {
    return of(
        checkpointId, previous, List.of(new SegmentPart(0, 1, 3, 7, new byte[3], null)), List.of());
  }

  private static Epoch of(
      long checkpointId,
      long previous,
      List<SegmentPart> parts,
      List<PreparedTransaction> transactions) {
    return new Epoch(
        new SinkId(ToolDatabase.SINK),
        ToolDatabase.LINEAGE,
        checkpointId,
        previous,
        CommitScope.SINK,
        0,
        "of.%s.%s.0.%d".formatted(ToolDatabase.SINK, GATHERER, checkpointId),
        Long.MIN_VALUE,
        1_000,
        "/checkpoints/chk-" + checkpointId,
        parts,
        transactions,
        List.of());
  }
}
