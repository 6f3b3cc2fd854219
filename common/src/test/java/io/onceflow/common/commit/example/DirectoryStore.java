package io.onceflow.common.commit.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkHistory;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.util.FileUtils;

/** Lines of text in a directory of a local POSIX file system. */
public record DirectoryStore<T>(String directory, Line<T> line) implements StagedStore<T> {

  /** Turns a value into one line. */
  public interface Line<T> extends Function<T, String>, Serializable {}

  private static final List<String> TARGETS = List.of("lines", "dead-letters");
  private static final long MARKERS_KEPT = 1_000;

  @Override
  public String description() {
    return "Directory " + directory;
  }

  @Override
  public List<String> targets() {
    return TARGETS;
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return new Session(Path.of(directory), Path.of(directory, sinkId.value()), runId);
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return new LineEncoder<>(line);
  }

  private record LineEncoder<T>(Line<T> line) implements RowEncoder<T> {
    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      var text = line.apply(value);
      if (text.indexOf('\n') >= 0) {
        throw new RowRejectedException("lines", "line-break", "The value has a line break.");
      }
      put(row, text);
      return 0;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      var text = line.apply(value).replace('\n', ' ');
      put(
          row,
          String.join("\t", rejection.target(), rejection.code(), rejection.getMessage(), text));
      return 1;
    }

    private static void put(RowBuffer row, String text) {
      var bytes = (text + "\n").getBytes(UTF_8);
      row.putBytes(bytes, 0, bytes.length);
    }
  }

  /**
   * Every transaction is a new version of the sink: a numbered directory with the epoch's lines and
   * the sink's history. One rename adds it, and fails when another process has taken the number.
   */
  private static final class Session implements StagedSession {
    private final Path root;
    private final Path sink;
    private final String runId;
    private volatile boolean aborted;

    Session(Path root, Path sink, String runId) {
      this.root = root;
      this.sink = sink;
      this.runId = runId;
    }

    @Override
    public void preflight() throws StoreException {
      if (!Files.isDirectory(root) || !Files.isWritable(root)) {
        var problem = "The store is not ready (1 problem):\n  - %s is no directory to write to.";
        throw new StoreException(ErrorClass.SYSTEM, problem.formatted(root), null);
      }
    }

    @Override
    public OpenResult open(OpenRequest request) throws StoreException {
      return inNewVersion((history, version) -> history.claim(request));
    }

    @Override
    public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
      return inNewVersion(
          (history, version) -> {
            if (history.isCommitted(epoch)) {
              return new ApplyResult(true, 0);
            }
            var deadLetters = epoch.parts().stream().filter(part -> part.target() == 1);
            var rejected = deadLetters.mapToLong(SegmentPart::rows).sum();
            history.commit(epoch, runId, rejected);
            for (var part : epoch.parts()) {
              write(part, segments, version.resolve(TARGETS.get(part.target())));
              CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
            }
            return new ApplyResult(false, rejected);
          });
    }

    private static void write(SegmentPart part, SegmentReader segments, Path file)
        throws StoreException {
      try (var in = segments.open(part);
          var out =
              Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        in.transferTo(out);
        out.flush();
        sync(file);
      } catch (IOException e) {
        var problem = "Segment %s cannot be read: %s. Nothing was committed.";
        throw new StoreException(ErrorClass.SYSTEM, problem.formatted(part, e), e);
      }
    }

    /** What a transaction does: changes the history, and writes files into the new version. */
    private interface Work<R> {
      R run(SinkHistory history, Path version) throws StoreException;
    }

    private <R> R inNewVersion(Work<R> work) throws StoreException {
      Path version = null;
      try {
        Files.createDirectories(sink);
        var newest = newest();
        var before =
            newest == 0 ? Map.<String, String>of() : read(sink.resolve(newest + "/history"));
        var history = new SinkHistory(before, MARKERS_KEPT);
        version = Files.createTempDirectory(sink, ".new");
        var result = work.run(history, version);
        if (!history.values().equals(before)) {
          store(history.values(), version.resolve("history"));
          CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
          publish(version, sink.resolve(Long.toString(newest + 1)));
        }
        return result;
      } catch (IOException e) {
        var problem = "Nothing was committed in %s: %s.".formatted(sink, e);
        throw new StoreException(ErrorClass.TRANSIENT, problem, e);
      } finally {
        FileUtils.deleteDirectoryQuietly(version == null ? null : version.toFile());
      }
    }

    /** Not retried when the number is taken: the next attempt reads what the other has written. */
    private void publish(Path version, Path name) throws IOException {
      if (aborted) {
        throw new IOException("the session was aborted");
      }
      sync(version);
      Files.move(version, name, StandardCopyOption.ATOMIC_MOVE);
      sync(sink);
    }

    private long newest() throws IOException {
      try (var files = Files.list(sink)) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(name -> !name.startsWith("."))
            .mapToLong(Long::parseLong)
            .max()
            .orElse(0);
      }
    }

    private static Map<String, String> read(Path file) throws IOException {
      var properties = new Properties();
      try (var in = Files.newInputStream(file)) {
        properties.load(in);
      }
      return properties.stringPropertyNames().stream()
          .collect(Collectors.toMap(name -> name, properties::getProperty));
    }

    private static void store(Map<String, String> values, Path file) throws IOException {
      var properties = new Properties();
      properties.putAll(values);
      try (var out = Files.newOutputStream(file)) {
        properties.store(out, null);
      }
      sync(file);
    }

    private static void sync(Path path) throws IOException {
      try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }

    @Override
    public void abort() {
      aborted = true;
    }

    @Override
    public void close() {}
  }
}
