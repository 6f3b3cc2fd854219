package io.onceflow.testbed.run.upgrade;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A savepoint of the ledger job of some version, with what the stores held at that moment: enough
 * to go on from it years later.
 *
 * @param directory its place; its name is the version
 */
record Fixture(Path directory) {

  /** Where all versions are kept. */
  static final Path ALL = Path.of("../../jobs/ledger/src/test/resources/savepoints");

  static Fixture of(String version) {
    return new Fixture(ALL.resolve(version));
  }

  static List<Fixture> all() throws IOException {
    try (var directories = Files.list(ALL)) {
      return directories.sorted().map(Fixture::new).toList();
    }
  }

  String version() {
    return directory.getFileName().toString();
  }

  /** A topic's name: those of the input are in the source's state, those of outputs in epochs. */
  String topic(String role) {
    return "ledger-%s-of-%s".formatted(role, version());
  }

  FixtureInput input() throws IOException {
    return FixtureInput.parse(lines("input"));
  }

  List<String> tables() throws IOException {
    return lines("tables");
  }

  List<String> topics() throws IOException {
    return lines("topics");
  }

  /** Unpacks the savepoint. */
  Path savepoint(Path into) throws IOException {
    Files.createDirectories(into);
    try (var in = new GZIPInputStream(Files.newInputStream(file("savepoint")))) {
      Files.copy(in, into.resolve("_metadata"));
    }
    return into;
  }

  /**
   * Keeps a new version.
   *
   * @param savepoint has all its state in its metadata
   */
  void write(Path savepoint, FixtureInput input, List<String> tables, List<String> topics)
      throws IOException {
    requireNew();
    try (var files = Files.list(savepoint)) {
      if (files.count() != 1) {
        throw new IOException(
            "The savepoint %s has more files than _metadata.".formatted(savepoint));
      }
    }
    Files.createDirectories(directory);
    pack("savepoint", Files.readAllBytes(savepoint.resolve("_metadata")));
    pack("input", bytes(input.lines()));
    pack("tables", bytes(tables));
    pack("topics", bytes(topics));
  }

  /** A version is written once: what its savepoints are must never follow the code. */
  void requireNew() {
    if (Files.exists(directory)) {
      throw new IllegalStateException(
          "The fixture %s is there already and is never written again: name a new version."
              .formatted(directory));
    }
  }

  private void pack(String name, byte[] bytes) throws IOException {
    try (var out = new GZIPOutputStream(Files.newOutputStream(file(name)))) {
      out.write(bytes);
    }
  }

  private static byte[] bytes(List<String> lines) {
    return (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private List<String> lines(String name) throws IOException {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file(name))), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  private Path file(String name) {
    return directory.resolve(name + ".gz");
  }

  @Override
  public String toString() {
    return version();
  }
}
