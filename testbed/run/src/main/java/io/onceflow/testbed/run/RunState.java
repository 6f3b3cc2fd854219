package io.onceflow.testbed.run;

import io.onceflow.testbed.run.check.FinalCheck.Database;
import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.Optional;
import java.util.Properties;

/**
 * Where a run that is under way can be reached: a small file that is there while it runs.
 *
 * @param pid of the run
 * @param started when that process started, in milliseconds since the epoch: pids are used again
 * @param sent the directory of the logs of sent commands
 * @param passwordFile readable by the user of the run alone
 */
record RunState(
    long pid,
    long started,
    String bootstrapServers,
    String topic,
    int partitions,
    Path sent,
    String jdbcUrl,
    String user,
    Path passwordFile) {

  /** Of the run in this process. */
  static RunState of(RunFiles files, RunServers servers) {
    PostgresServer postgres = servers.postgres();
    return new RunState(
        ProcessHandle.current().pid(),
        startOf(ProcessHandle.current()),
        servers.bootstrapServers(),
        Topics.COMMANDS,
        servers.partitions(),
        files.sent(),
        postgres.jdbcUrl(),
        postgres.user(),
        postgres.passwordFile().toAbsolutePath());
  }

  void write(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("pid", Long.toString(pid));
    properties.setProperty("started", Long.toString(started));
    properties.setProperty("bootstrap-servers", bootstrapServers);
    properties.setProperty("topic", topic);
    properties.setProperty("partitions", Integer.toString(partitions));
    properties.setProperty("sent", sent.toString());
    properties.setProperty("jdbc-url", jdbcUrl);
    properties.setProperty("user", user);
    properties.setProperty("password-file", passwordFile.toString());
    Files.createDirectories(file.getParent());
    Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    try (Writer out = Files.newBufferedWriter(unfinished)) {
      properties.store(out, null);
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The run under way, if its process is alive. */
  static Optional<RunState> read(Path file) throws IOException {
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    RunState state =
        new RunState(
            Long.parseLong(properties.getProperty("pid")),
            Long.parseLong(properties.getProperty("started", "-1")),
            properties.getProperty("bootstrap-servers"),
            properties.getProperty("topic"),
            Integer.parseInt(properties.getProperty("partitions")),
            Path.of(properties.getProperty("sent")),
            properties.getProperty("jdbc-url"),
            properties.getProperty("user"),
            Path.of(properties.getProperty("password-file")));
    return ProcessHandle.of(state.pid)
        .map(RunState::startOf)
        .filter(Long.valueOf(state.started)::equals)
        .map(alive -> state);
  }

  /** When a process started, or 0 where that cannot be seen. */
  static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  Database database() {
    return () -> {
      try {
        return DriverManager.getConnection(jdbcUrl, user, Files.readString(passwordFile).trim());
      } catch (IOException e) {
        throw new java.sql.SQLException("The password in " + passwordFile + " cannot be read.", e);
      }
    };
  }
}
