package io.onceflow.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.servers.ChildProcess;
import io.onceflow.testbed.servers.TestServers;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A reader in a JVM of its own, with the class path its module has written down: Flink's Kafka
 * client, Scala and logging are not its own. It appends a line {@code key value} to a file for
 * every record, and ends when it has read the end of each partition. Not thread-safe.
 */
final class ReaderProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(200);

  /** What Spark's own start script opens; Storm needs less. */
  private static final List<String> OPENED =
      List.of(
          "java.lang",
          "java.lang.invoke",
          "java.lang.reflect",
          "java.io",
          "java.net",
          "java.nio",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "jdk.internal.ref",
          "sun.nio.ch",
          "sun.nio.cs",
          "sun.security.action",
          "sun.util.calendar");

  private final ChildProcess process;
  private final Path file;

  private ReaderProcess(ChildProcess process, Path file) {
    this.process = process;
    this.file = file;
  }

  /**
   * Starts a reader.
   *
   * @param reader which one
   * @param isolation Kafka's isolation.level
   * @param topic what it reads
   * @param directory where its lines and its own files go
   */
  static ReaderProcess start(ReaderCase reader, String isolation, String topic, Path directory)
      throws IOException {
    Path target = Path.of("..", reader.module(), "target").toAbsolutePath().normalize();
    Path logs = Files.createDirectories(Path.of("target", "readers").toAbsolutePath());
    Path file = directory.resolve("read.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Djava.io.tmpdir=" + directory);
    OPENED.forEach(name -> command.add("--add-opens=java.base/" + name + "=ALL-UNNAMED"));
    command.add(reader.mainClass());
    command.addAll(List.of(TestServers.kafka().bootstrapServers(), topic, file.toString()));
    command.addAll(List.of(Integer.toString(PipelineOutput.PARTITIONS), isolation));
    String classPath =
        target.resolve("classes")
            + File.pathSeparator
            + Files.readString(target.resolve("class-path")).strip();
    return new ReaderProcess(
        ChildProcess.start(
            new ChildProcess.Spec(
                command,
                Map.of("CLASSPATH", classPath),
                Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "SPARK_"),
                logs.resolve(topic + "-" + reader.module() + ".log"),
                "KILL")),
        file);
  }

  /** The lines so far; the last one may be cut off while the reader writes. */
  List<String> lines() throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** Waits for so many lines. */
  void awaitLines(int count) {
    await()
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .failFast(this::assertAlive)
        .until(() -> lines().size() >= count);
  }

  /** Looks on for a while: nothing may come any more. */
  void awaitNoMoreThan(int count) {
    await()
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .failFast(this::assertAlive)
        .during(QUIET)
        .until(() -> lines().size() == count);
  }

  private void assertAlive() {
    assertThat(process.isAlive()).as("the reader runs. %s", process.logTail()).isTrue();
  }

  /** Waits until the reader has read the last end and is gone. */
  void awaitEnd() {
    assertThat(process.awaitExit(PATIENCE)).as("the reader ends. %s", process.logTail()).isTrue();
  }

  @Override
  public void close() {
    process.kill();
  }
}
