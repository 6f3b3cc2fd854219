package io.onceflow.testbed.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@link RunMain} in a JVM of its own, as {@code scripts/run} starts it. Closing ends it if it
 * still runs: a failed assertion must not leave a JVM and its servers behind.
 */
final class RunProcess implements AutoCloseable {

  private static final long TIMEOUT_MINUTES = 5;
  private static final long CLOSE_SECONDS = 60;

  private final Process process;
  private final Path out;
  private final Path err;

  private RunProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * How it ended.
   *
   * @param out standard output
   * @param err standard error
   */
  record Result(int exitCode, List<String> out, String err) {

    String lastLine() {
      return out.isEmpty() ? "" : out.get(out.size() - 1);
    }

    String everything() {
      return "exit code " + exitCode + "\n" + String.join("\n", out) + "\n" + err;
    }
  }

  static Result run(List<String> arguments) throws IOException, InterruptedException {
    try (RunProcess run = start(arguments)) {
      return run.await();
    }
  }

  static RunProcess start(List<String> arguments) throws IOException {
    Path out = Files.createTempFile("run", ".out");
    Path err = Files.createTempFile("run", ".err");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-"))
        .forEach(command::add);
    command.add("-D%s=%s".formatted(RunFiles.RUNS_PROPERTY, RunFiles.lock().getParent()));
    var firstWebPort = System.getProperty(WebPort.FIRST_PROPERTY, "8081");
    command.add("-D%s=%s".formatted(WebPort.FIRST_PROPERTY, firstWebPort));
    command.addAll(List.of("-Xmx1g", "-XX:+UseParallelGC", RunMain.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return new RunProcess(builder.start(), out, err);
  }

  /** Asks it to end, as Ctrl-C does. */
  void interrupt() throws IOException {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
  }

  /** Ends it without any chance to clean up, as {@code kill -9} does. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  String outSoFar() throws IOException {
    return Files.readString(out);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  Result await() throws IOException, InterruptedException {
    if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    return new Result(process.exitValue(), Files.readAllLines(out), Files.readString(err));
  }

  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      interrupt();
      process.onExit().completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS).join();
      process.destroyForcibly().onExit().join();
    }
    Files.delete(out);
    Files.delete(err);
  }
}
