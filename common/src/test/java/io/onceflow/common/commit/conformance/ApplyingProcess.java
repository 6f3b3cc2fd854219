package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedStore;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Applies one epoch in a JVM of its own, with a heap of its own, which may end in the middle. The
 * store travels as it does in a job graph: serialized.
 */
final class ApplyingProcess implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Exit code of a process that a crash point ended. */
  static final int HALTED = 77;

  private final StagedStore<TestRow> store;
  private final String sinkId;
  private final String runId;
  private final String lineage;
  private final long checkpointId;
  private final long previousCheckpointId;
  private final String transactionId;
  private final List<Part> parts;
  private String haltAt;

  private record Part(int target, long rows, long bytes, int crc32c, String path)
      implements Serializable {}

  /** How the process ended, and what it printed. */
  record Exit(int code, String output) {}

  private ApplyingProcess(StagedStore<TestRow> store, String runId, Epoch epoch) {
    this.store = store;
    this.runId = runId;
    this.sinkId = epoch.sinkId().value();
    this.lineage = epoch.lineage();
    this.checkpointId = epoch.checkpointId();
    this.previousCheckpointId = epoch.previousCheckpointId();
    this.transactionId = epoch.transactionId();
    this.parts =
        epoch.parts().stream()
            .map(
                part ->
                    new Part(part.target(), part.rows(), part.bytes(), part.crc32c(), part.path()))
            .toList();
  }

  static ApplyingProcess of(StagedStore<TestRow> store, String runId, Epoch epoch) {
    return new ApplyingProcess(store, runId, epoch);
  }

  /** Makes the process end at a crash point as {@code kill -9} does. */
  ApplyingProcess haltingAt(String point) {
    haltAt = point;
    return this;
  }

  Exit run(Path directory, int heapMegabytes) throws IOException, InterruptedException {
    var order = Files.createTempFile(directory, "order", ".bin");
    try (var out = new ObjectOutputStream(Files.newOutputStream(order))) {
      out.writeObject(this);
    }
    var output = Files.createTempFile(directory, "output", ".txt");
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heapMegabytes + "m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            ApplyingProcess.class.getName(),
            order.toString());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    var code = builder.start().waitFor();
    return new Exit(code, Files.readString(output));
  }

  /** Reads its order from a file. */
  public static void main(String[] arguments) throws Exception {
    try (var in = new ObjectInputStream(Files.newInputStream(Path.of(arguments[0])))) {
      ((ApplyingProcess) in.readObject()).apply();
    }
  }

  private void apply() throws Exception {
    if (haltAt != null) {
      CrashPoints.arm(haltAt, () -> Runtime.getRuntime().halt(HALTED));
    }
    try (var session = store.createSession(new SinkId(sinkId), runId, OnReject.DEAD_LETTER)) {
      session.apply(epoch(), new SegmentReader());
    }
  }

  private Epoch epoch() {
    return new Epoch(
        new SinkId(sinkId),
        lineage,
        checkpointId,
        previousCheckpointId,
        CommitScope.SINK,
        0,
        transactionId,
        Long.MIN_VALUE,
        1_000,
        "/checkpoints/chk-" + checkpointId,
        parts.stream()
            .map(
                part ->
                    new SegmentPart(
                        part.target(), part.rows(), part.bytes(), part.crc32c(), null, part.path()))
            .toList(),
        List.of(),
        List.of());
  }
}
