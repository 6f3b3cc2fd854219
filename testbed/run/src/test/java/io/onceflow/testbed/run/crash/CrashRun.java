package io.onceflow.testbed.run.crash;

import io.onceflow.testbed.servers.PostgresDatabase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** The life of one {@link CrashJob}: its database, its checkpoints, its processes one by one. */
final class CrashRun {

  /** More than all cells of a table take, also on a machine that is busy with other things. */
  static final int ROWS = 200_000;

  private static final int ROWS_PER_SECOND = 1_500;
  private static final int ROWS_PER_SECOND_AT_THE_END = 100_000;

  private static final long TIMEOUT_SECONDS = 90;

  private final Path directory;
  private final PostgresDatabase database;
  private final Properties settings = new Properties();

  CrashRun(Path directory, PostgresDatabase database, Strategy strategy) {
    this.directory = directory;
    this.database = database;
    settings.setProperty("directory", directory.toString());
    settings.setProperty("rows", Integer.toString(ROWS));
    settings.setProperty("rows-per-second", Integer.toString(ROWS_PER_SECOND));
    settings.setProperty("strategy", strategy.name());
    settings.setProperty("port", Integer.toString(database.server().port()));
    settings.setProperty("database", database.name());
    settings.setProperty("user", database.server().jobUser());
    settings.setProperty("password-file", database.server().passwordFile().toString());
  }

  /** How rows wait, and who decides. */
  enum Strategy {
    STAGED,
    PREPARED,
    THREE_PHASE
  }

  /** Goes through another port, such as a proxy's. */
  CrashRun through(int port) {
    settings.setProperty("port", Integer.toString(port));
    return this;
  }

  /** Goes straight to the server again. */
  CrashRun direct() {
    return through(database.server().port());
  }

  /**
   * Starts the job from the newest registered checkpoint.
   *
   * @param point where it halts, or null
   * @param hit the how-manieth time it gets there
   */
  Process start(String point, int hit) throws IOException {
    var next = new Properties();
    next.putAll(settings);
    if (point != null) {
      next.setProperty("crash-point", point);
      next.setProperty("crash-hit", Integer.toString(hit));
    }
    if (registered() != null) {
      next.setProperty("restore-from", registered());
    }
    var file = directory.resolve("job.properties");
    try (var out = Files.newOutputStream(file)) {
      next.store(out, null);
    }
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx600m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(CrashJob.class.getName(), file.toString()));
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.start();
  }

  /** Runs the job until it halts or ends, and returns its exit code. */
  int run(String point, int hit) throws IOException, InterruptedException {
    return await(start(point, hit));
  }

  /** Runs the job to its end, as fast as it goes, and returns its exit code. */
  int finish() throws IOException, InterruptedException {
    settings.setProperty("rows-per-second", Integer.toString(ROWS_PER_SECOND_AT_THE_END));
    return run(null, 0);
  }

  /** Waits for a process; one that takes too long hangs, which is a finding of its own. */
  static int await(Process process) throws InterruptedException {
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("The job hung for %d s.".formatted(TIMEOUT_SECONDS));
    }
    return process.exitValue();
  }

  /** The path of the newest checkpoint that Flink registered, or null. */
  String registered() throws IOException {
    var file = directory.resolve("registered");
    return Files.exists(file) ? Files.readString(file) : null;
  }

  /** The number of the newest checkpoint that Flink registered, 0 for none. */
  long registeredId() throws IOException {
    var path = registered();
    return path == null ? 0 : Long.parseLong(path.replaceFirst(".*/chk-", ""));
  }

  /** What the job's processes printed. */
  String output() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Path log() {
    return directory.resolve("log");
  }
}
