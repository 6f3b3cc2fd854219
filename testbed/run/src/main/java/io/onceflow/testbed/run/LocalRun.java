package io.onceflow.testbed.run;

import io.onceflow.common.config.ConfigException;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.run.load.CommandSender;
import io.onceflow.testbed.run.load.CommandSource;
import io.onceflow.testbed.run.load.FileSource;
import io.onceflow.testbed.run.load.LimitedSource;
import io.onceflow.testbed.run.load.PacedLoad;
import io.onceflow.testbed.run.load.SentLog;
import io.onceflow.testbed.run.view.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.JobStatus;
import org.slf4j.LoggerFactory;

/** One run from the start of the servers to the last line. Used by one thread. */
final class LocalRun {

  private static final long LOOK_MS = 500;
  private static final long POLL_MS = 100;
  private static final Duration NO_PROGRESS = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofMinutes(2);

  /** What ended the watching, such as a dead server, mostly keeps the job from a savepoint, too. */
  private static final Duration STOP_AFTER_FAILURE = Duration.ofSeconds(20);

  private final RunOptions options;
  private final LoadOptions load;
  private final RunFiles files;
  private final StopSignal stop;
  private final RunnableJob runnable;
  private final Screen screen = Screen.standard();
  private final Mistakes mistakes = new Mistakes();
  private Report report = new Report(0, 0, 0, mistakes);
  private RunServers servers;
  private LocalJob job;
  private double committedPerSecond;
  private double generatorShare;

  LocalRun(RunOptions options, LoadOptions load, RunFiles files, StopSignal stop) {
    this.options = options;
    this.load = load;
    this.files = files;
    this.stop = stop;
    this.runnable = Jobs.byName(options.job);
  }

  /**
   * Returns the exit code; the last line is printed, whatever fails once the servers are started.
   */
  int run() throws IOException {
    int webPort = WebPort.choose(options.webPort);
    if (options.dataDir == null) {
      files.delete();
    }
    files.create();
    try {
      serve(webPort);
    } catch (UsageException | ConfigException e) {
      throw e;
    } catch (Exception e) {
      failed("The run did not get to its end", e);
    }
    return tell(report);
  }

  private void serve(int webPort) throws Exception {
    Optional<Path> snapshot = files.newestSnapshot();
    screen.line(
        "Starting %s%sKafka below %s"
            .formatted(
                runnable.usesPostgres() ? "PostgreSQL and " : "",
                runnable.usesRabbitMq() ? "RabbitMQ and " : "",
                files.directory()));
    try (RunServers started = RunServers.start(files, runnable, options.partitions)) {
      servers = started;
      Files.writeString(files.jobYaml(), runnable.yaml(servers));
      job = LocalJob.submit(runnable.job(), options, files, snapshot, webPort);
      if (runnable.takesFiles()) {
        RunState.of(files, servers).write(RunFiles.current());
      }
      snapshot.ifPresent(path -> screen.line("Continuing from " + path));
      screen.line("Flink web UI " + job.webUrl());
      screen.line("Logs         " + files.log() + " (the servers' are in their directories)");
      stopJob(sendAndWatch() ? STOP : STOP_AFTER_FAILURE);
      check();
    } finally {
      Files.deleteIfExists(RunFiles.current());
    }
  }

  /** A mistake of the run like any other: it is told before the last line, which says failed. */
  private void failed(String what, Exception e) {
    // No static logger: it would open the log file before an earlier run is deleted, log and all.
    LoggerFactory.getLogger(LocalRun.class).error(what, e);
    mistakes.add(
        Kind.RUN, "%s: %s; see %s".formatted(what, RunFailedException.reasons(e), files.log()));
  }

  /** Tells whether it got to its end. */
  private boolean sendAndWatch() {
    int partitions = servers.partitions();
    try (Progress progress = runnable.progress(servers)) {
      awaitFirstEpoch(progress);
      send(progress, partitions);
      awaitCommitted(progress);
      committedPerSecond = progress.perSecondOverall();
      generatorShare = progress.loadShare();
      return true;
    } catch (RunFailedException e) {
      screen.keep();
      failed("The job failed", e);
    } catch (Exception e) {
      screen.keep();
      failed("Sending and watching ended early", e);
    }
    return false;
  }

  private long rate() {
    if (options.feed != null) {
      return 0;
    }
    return options.rate == null ? runnable.usualRate() : options.rate;
  }

  private void send(Progress progress, int partitions) throws Exception {
    int round = earlierRuns();
    long room = options.maxCommands(partitions) - progress.inputRecords();
    LimitedSource generated = new LimitedSource(runnable.source(load, partitions, round), room);
    try (CommandSource.Closing source = source(generated, partitions);
        CommandSender commands =
            new CommandSender(
                servers.bootstrapServers(),
                runnable.inputTopic(),
                new SentLog(files.sent(), "run-%03d".formatted(round), partitions))) {
      long base = progress.committed();
      try (PacedLoad paced =
          new PacedLoad(
              source,
              commands,
              new PacedLoad.Pace(rate(), options.maxOutstanding),
              () -> progress.committed() - base)) {
        watch(progress, paced, commands);
      }
    }
    if (generated.isReached()) {
      screen.keep();
      screen.line(
          "Sending stopped at %,d records, so that the final check fits into memory; --max-commands sets another limit."
              .formatted(options.maxCommands(partitions)));
    }
  }

  private CommandSource.Closing source(CommandSource generated, int partitions) throws IOException {
    if (options.feed == null) {
      return CommandSource.Closing.of(generated, () -> {});
    }
    FileSource file = new FileSource(options.feed, partitions);
    return CommandSource.Closing.of(file, file);
  }

  /** Runs over the same data before this one. */
  private int earlierRuns() throws IOException {
    try (var logs = Files.list(files.sent())) {
      return (int)
          logs.map(path -> path.getFileName().toString())
              .filter(name -> name.matches("run-[0-9]+-0\\.jsonl"))
              .count();
    }
  }

  /** Every checkpoint has its marker, an empty one too: the first shows that all parts work. */
  private void awaitFirstEpoch(Progress progress) throws Exception {
    progress.look();
    long before = progress.epoch();
    while (progress.epoch() == before && !stop.await(POLL_MS)) {
      requireAlive();
      progress.look();
    }
  }

  private void requireAlive() throws RunFailedException {
    JobStatus status = job.status();
    if (status.isTerminalState()) {
      throw new RunFailedException("it is %s: %s".formatted(status, job.failure()), null);
    }
  }

  private void watch(Progress progress, PacedLoad paced, CommandSender commands) throws Exception {
    progress.start();
    paced.start();
    long end =
        options.duration == null ? Long.MAX_VALUE : System.nanoTime() + options.duration.toNanos();
    while (!paced.isDone() && System.nanoTime() < end) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (stop.await(Math.max(1, Math.min(LOOK_MS, left)))) {
        break;
      }
      requireAlive();
      paced.throwIfFailed();
      progress.look();
      progress.sent(commands.sent());
      progress.show(screen, job.status().toString());
    }
    paced.close();
    progress.sent(commands.sent());
    progress.loadCpu(paced.cpuNanos());
  }

  /** Waits as long as more is committed every minute; what is not then is missing. */
  private void awaitCommitted(Progress progress) throws Exception {
    long total = progress.inputRecords();
    long last = -1;
    long deadline = 0;
    while (progress.committed() < total) {
      requireAlive();
      if (progress.committed() > last) {
        last = progress.committed();
        deadline = System.nanoTime() + NO_PROGRESS.toNanos();
      } else if (System.nanoTime() > deadline) {
        mistakes.add(
            Kind.RUN,
            "Nothing was committed for %d s with %d of %d commands committed; see %s"
                .formatted(NO_PROGRESS.toSeconds(), last, total, files.log()));
        break;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(200_000_000L);
      progress.look();
      progress.show(screen, "WAITING for the last commits");
    }
    progress.end();
    progress.show(screen, job.status().toString());
    screen.keep();
    progress.brokenWhileRunning().forEach(broken -> mistakes.add(Kind.INVARIANT, broken));
  }

  private void stopJob(Duration timeout) {
    try {
      String savepoint = job.stopWithSavepoint(files.savepoints(), timeout);
      screen.line("Stopped with savepoint " + savepoint);
    } catch (RunFailedException e) {
      mistakes.add(Kind.RUN, "The job was not stopped by a savepoint: " + e.getMessage());
      job.cancel();
    }
  }

  private void check() {
    try {
      report = runnable.check(servers, files, mistakes, this::showCheck);
    } catch (Exception e) {
      failed("The final check was not finished", e);
    }
  }

  private void showCheck(String text) {
    if (screen.isTerminal()) {
      screen.block(List.of("Final check: " + text));
    } else if (!text.matches(".*partition ([2-9]|[0-9]{2,}) of.*")) {
      screen.line("Final check: " + text);
    }
  }

  private int tell(Report report) {
    report.mistakes().lines().forEach(screen::line);
    screen.line(
        report.line(options.job)
            + " sent=%d dead-letters=%d rate=%.0f generator-cpu=%.0f%%"
                .formatted(
                    report.sent(), report.deadLetters(), committedPerSecond, 100 * generatorShare)
            + (report.ok() ? "" : " result=failed"));
    return report.ok() ? 0 : 1;
  }
}
