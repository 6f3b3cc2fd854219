package io.onceflow.testbed.run;

import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import io.onceflow.testbed.run.load.CommandSender;
import io.onceflow.testbed.run.load.GeneratedSource;
import io.onceflow.testbed.run.load.PacedLoad;
import io.onceflow.testbed.run.load.SentLog;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.ServerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * PostgreSQL and Kafka with the schema and topics of all jobs, for one that runs elsewhere. {@code
 * make feed} finds them as it finds those of a run; there is one of either at a time. They end with
 * this JVM, and their data stay in the directory. Used by one thread.
 */
public final class DemoServers implements AutoCloseable {

  private static final int PARTITIONS = 8;
  private static final int OUT_OF_ORDER = 5;
  private static final Duration POLL = Duration.ofMillis(50);

  private final RunLock lock;
  private final RunServers servers;

  private DemoServers(RunLock lock, RunServers servers) {
    this.lock = lock;
    this.servers = servers;
  }

  /**
   * Starts both servers over the data of the directory.
   *
   * @throws ServerException if a run or other servers are up here, or one does not start
   */
  public static DemoServers start(Path directory) throws IOException {
    RunLock lock =
        RunLock.tryAcquire(RunFiles.lock())
            .orElseThrow(
                () ->
                    new ServerException(
                        "A run, or the servers of another cluster, are up here (%s is held); end them first."
                            .formatted(RunFiles.lock())));
    try {
      RunFiles files = RunFiles.of(directory);
      files.create();
      RunServers servers = RunServers.start(files, new LedgerRun(), PARTITIONS);
      new PipelineRun().prepare(servers, PARTITIONS);
      RunState.of(files, servers).write(RunFiles.current());
      return new DemoServers(lock, servers);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** Removes the data of earlier servers in the directory, and the directory. */
  public static void delete(Path directory) throws IOException {
    RunFiles.of(directory).delete();
  }

  public PostgresServer postgres() {
    return servers.postgres();
  }

  public KafkaBroker kafka() {
    return servers.kafka();
  }

  /**
   * Sends generated commands into the servers that are up here, of this JVM or another.
   *
   * @param duration zero or less sends nothing
   * @return how many were sent
   * @throws ServerException if no servers are up here
   */
  public static long load(long perSecond, Duration duration, long seed) throws IOException {
    Optional<RunState> current = RunState.read(RunFiles.current());
    RunState run =
        current.orElseThrow(
            () ->
                new ServerException(
                    "No servers are up here that commands could be sent to; start them first."));
    Mix mix = new Mix(16, 200, 2, 10, 10, 80, 80, 30, 0, 0);
    String name = "load-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();
    try (CommandSender sender =
            new CommandSender(
                run.bootstrapServers(),
                run.topic(),
                new SentLog(run.sent(), name, run.partitions()));
        PacedLoad load =
            new PacedLoad(
                new GeneratedSource(
                    new CommandGenerator(seed, mix), run.partitions(), OUT_OF_ORDER, seed),
                sender,
                new PacedLoad.Pace(perSecond, Long.MAX_VALUE),
                sender::sent)) {
      send(load, duration);
      return sender.sent();
    }
  }

  private static void send(PacedLoad load, Duration duration) throws IOException {
    long deadline = System.nanoTime() + duration.toNanos();
    load.start();
    while (System.nanoTime() < deadline && !load.isDone()) {
      LockSupport.parkNanos(POLL.toNanos());
    }
    load.close();
  }

  /** Ends both servers in an orderly way; their data stay. */
  @Override
  public void close() throws IOException {
    try (RunLock held = lock) {
      java.util.Objects.requireNonNull(held);
      Files.deleteIfExists(RunFiles.current());
      servers.close();
    }
  }
}
