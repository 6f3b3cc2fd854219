package io.onceflow.testbed.run;

import io.onceflow.common.config.ConfigException;
import io.onceflow.testbed.servers.ServerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The local run: {@code make run} and {@code make feed}. Starts the servers, submits the job, sends
 * records, shows what is committed, and at the end checks every one.
 *
 * <p>The last line on standard output is {@code RUN <job> committed=<n> missing=<n> duplicates=<n>
 * invariants=<ok|broken> in-doubt=<n>}, followed by further {@code key=value}. Exit code 0 when all
 * is well, 1 when something is not, 2 for a mistake in the arguments.
 */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = "Runs a job on this machine with real servers and checks every command.")
public final class RunMain implements Callable<Integer> {

  private static final int EXIT_FAILED = 1;
  private static final int EXIT_USAGE = 2;
  private static final Duration STARTING = Duration.ofMinutes(2);
  private static final long POLL_MS = 200;

  @Mixin private RunOptions options = new RunOptions();
  @Mixin private LoadOptions load = new LoadOptions();

  /** Ends the JVM with the exit code. */
  public static void main(String... args) {
    Locale.setDefault(Locale.ROOT);
    // halt: what Flink and log4j would do at exit is done, and nothing may delay or change the end.
    int code = new CommandLine(new RunMain()).execute(args);
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }

  @Override
  public Integer call() throws Exception {
    try {
      return start();
    } catch (UsageException | ConfigException e) {
      System.err.println(e.getMessage());
      return EXIT_USAGE;
    } catch (ServerException | RunFailedException e) {
      System.err.println("The run failed: " + e.getMessage());
      return EXIT_FAILED;
    } catch (Exception e) {
      e.printStackTrace();
      return EXIT_FAILED;
    }
  }

  private int start() throws Exception {
    options.check();
    load.check();
    if (options.feed != null) {
      RunOptions.require(
          Files.isReadable(options.feed) && Files.isRegularFile(options.feed),
          "--feed " + options.feed,
          "there is no such file that can be read");
      RunOptions.require(
          Jobs.byName(options.job).takesFiles(),
          "--job " + options.job,
          "files can be sent into a run of the ledger only");
    }
    RunFiles files = RunFiles.of(options.dataDir);
    // Before anything logs: log4j reads its configuration once.
    System.setProperty("log4j2.configurationFile", "log4j2-run.properties");
    StopSignal stop = new StopSignal();
    stop.install();
    return options.feed == null ? run(files, stop) : feed(files, stop);
  }

  private int run(RunFiles files, StopSignal stop) throws Exception {
    try (RunLock lock = RunLock.tryAcquire(RunFiles.lock()).orElseThrow(RunMain::underWay)) {
      return run(files, stop, lock);
    }
  }

  /** The lock is held by the caller: what is deleted here belongs to nobody who is alive. */
  private int run(RunFiles files, StopSignal stop, RunLock held) throws Exception {
    java.util.Objects.requireNonNull(held);
    System.setProperty("onceflow.log", files.log().toString());
    return new LocalRun(options, load, files, stop).run();
  }

  private static UsageException underWay() {
    return new UsageException(
        "A run is under way or just starting here (%s is held); end it with Ctrl-C first, or send a file into it with make feed."
            .formatted(RunFiles.lock()));
  }

  /** Into the run that is under way, also one that is starting; without one, as a run. */
  private int feed(RunFiles files, StopSignal stop) throws Exception {
    long deadline = System.nanoTime() + STARTING.toNanos();
    do {
      Optional<RunState> current = RunState.read(RunFiles.current());
      if (current.isPresent()) {
        System.setProperty("onceflow.log", files.log().resolveSibling("feed.log").toString());
        return new Feed(current.get(), stop).send(options.feed);
      }
      Optional<RunLock> lock = RunLock.tryAcquire(RunFiles.lock());
      if (lock.isPresent()) {
        try (RunLock held = lock.get()) {
          return run(files, stop, held);
        }
      }
    } while (!stop.await(POLL_MS) && System.nanoTime() < deadline);
    throw new RunFailedException(
        "a run is starting or ending here and could not be fed within %d s; try again"
            .formatted(STARTING.toSeconds()),
        null);
  }

  /** flink-conf/sql of this repository, from the root or a module. */
  static Path sqlDirectory() {
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path candidate = up.resolve("flink-conf").resolve("sql");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    throw new UsageException("flink-conf/sql is not found; start the run in the repository.");
  }
}
