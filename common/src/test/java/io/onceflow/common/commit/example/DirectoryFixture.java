package io.onceflow.common.commit.example;

import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.conformance.StoreFixture;
import io.onceflow.common.commit.conformance.TestRow;
import io.onceflow.common.commit.conformance.TestTargets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;

/** Directories of the example store, read without its help. */
public final class DirectoryFixture implements StoreFixture {

  private final Path root;

  /** Makes a directory for all tests of a class. */
  public DirectoryFixture() throws IOException {
    root = Files.createTempDirectory("onceflow-directory-store");
  }

  @Override
  public TestTargets newTargets() throws IOException {
    return new Targets(Files.createTempDirectory(root, "test"));
  }

  /** One directory. */
  private record Targets(Path directory) implements TestTargets {

    @Override
    public StagedStore<TestRow> store() {
      return new DirectoryStore<>(
          directory.toString(), row -> row.id() + "\t" + row.value() + "\t" + row.memo());
    }

    @Override
    public void readRows(Consumer<TestRow> reader) throws IOException {
      readLines(
          "lines",
          (sink, fields) ->
              reader.accept(
                  new TestRow.Event(
                      Long.parseLong(fields[0]), Long.parseLong(fields[1]), fields[2])));
    }

    @Override
    public List<DeadLetter> deadLetters() throws IOException {
      var letters = new ArrayList<DeadLetter>();
      readLines(
          "dead-letters",
          (sink, fields) ->
              letters.add(
                  new DeadLetter(
                      sink,
                      fields[0],
                      fields[1],
                      fields[2],
                      String.join(" ", List.of(fields).subList(3, fields.length)))));
      return letters;
    }

    /** Takes one line of one sink. */
    private interface LineReader {
      void read(String sink, String[] fields);
    }

    private void readLines(String target, LineReader reader) throws IOException {
      for (var sink : list(directory)) {
        for (var version : list(sink)) {
          var file = version.resolve(target);
          if (Files.exists(file)) {
            try (var lines = Files.lines(file)) {
              lines.forEach(line -> reader.read(sink.getFileName().toString(), line.split("\t")));
            }
          }
        }
      }
    }

    private static List<Path> list(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        return files.filter(file -> !file.getFileName().toString().startsWith(".")).toList();
      }
    }

    @Override
    public List<Marker> markers() throws IOException {
      var markers = new ArrayList<Marker>();
      for (var sink : list(directory)) {
        var history = new Properties();
        try (var in = Files.newInputStream(sink.resolve(list(sink).size() + "/history"))) {
          history.load(in);
        }
        for (var name : history.stringPropertyNames()) {
          if (name.startsWith("marker.")) {
            var fields = history.getProperty(name).split(" ");
            markers.add(
                new Marker(
                    sink.getFileName().toString(),
                    name.substring("marker.".length()),
                    Long.parseLong(fields[0]),
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[2])));
          }
        }
      }
      return markers;
    }
  }

  @Override
  public boolean hasUpserts() {
    return false;
  }

  @Override
  public TestRow badRow(long id) {
    return new TestRow.Event(id, 1, "canary\nin two lines");
  }

  @Override
  public long markersKept() {
    return 1_000;
  }

  @Override
  public List<Breakage> breakages(TestTargets targets) {
    var directory = ((Targets) targets).directory();
    return List.of(
        new Breakage(
            () -> FileUtils.deleteDirectory(directory.toFile()),
            directory + " is no directory to write to"));
  }

  @Override
  public List<String> secrets() {
    return List.of();
  }

  @Override
  public void close() {
    FileUtils.deleteDirectoryQuietly(root.toFile());
  }
}
