package io.onceflow.testbed.run.outbox;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A main class in a JVM of its own that can be killed and started again. */
final class JavaProcess implements AutoCloseable {

  final String name;
  private final Class<?> main;
  private final String heap;
  private final List<String> arguments;
  private final Path log;
  private Process process;
  private int kills;

  JavaProcess(String name, Class<?> main, String heap, List<String> arguments, Path log) {
    this.name = name;
    this.main = main;
    this.heap = heap;
    this.arguments = arguments;
    this.log = log;
  }

  JavaProcess start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dorg.apache.logging.log4j.level=WARN");
    command.add(main.getName());
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    process = builder.start();
    return this;
  }

  /** Starts it again unless it runs or has ended well. */
  void keepAlive() throws IOException {
    if (!process.isAlive() && !isDone()) {
      start();
    }
  }

  boolean isDone() {
    return !process.isAlive() && process.exitValue() == 0;
  }

  /** SIGKILL. */
  void kill() {
    kills++;
    process.destroyForcibly().onExit().join();
  }

  int kills() {
    return kills;
  }

  String tail() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return name
        + ":\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
