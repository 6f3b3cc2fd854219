package io.onceflow.testbed.run;

import io.onceflow.testbed.run.load.CommandSender;
import io.onceflow.testbed.run.load.CommandSource;
import io.onceflow.testbed.run.load.FileSource;
import io.onceflow.testbed.run.load.SentLog;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends a file into a run that is under way, and waits until it is committed: until each of its
 * records, by the offset Kafka gave it, has a result or is a dead letter.
 */
final class Feed {

  private static final int BATCH = 512;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final long POLL_MS = 200;

  private final RunState run;
  private final StopSignal stop;

  Feed(RunState run, StopSignal stop) {
    this.run = run;
    this.stop = stop;
  }

  /** Returns the exit code. */
  int send(Path file) throws IOException, SQLException {
    try (FeedAnswers answers = new FeedAnswers(run.bootstrapServers(), Topics.DEAD_LETTERS)) {
      long sent = send(file, answers);
      System.out.printf(
          "%d commands of %s were sent to the run of process %d; waiting for their results.%n",
          sent, file, run.pid());
      boolean committed = awaitCommitted(answers);
      System.out.printf(
          "FEED sent=%d malformed=%d committed=%s%n",
          sent, answers.malformed(), committed ? "yes" : "no");
      return committed ? 0 : 1;
    }
  }

  private long send(Path file, FeedAnswers answers) throws IOException {
    String sender = "feed-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();
    try (FileSource source = new FileSource(file, run.partitions());
        CommandSender commands =
            new CommandSender(
                run.bootstrapServers(),
                run.topic(),
                new SentLog(run.sent(), sender, run.partitions()),
                answers::sent)) {
      sendAll(source, commands);
      commands.flush();
      return commands.sent();
    }
  }

  private void sendAll(CommandSource source, CommandSender commands) throws IOException {
    List<CommandSource.Input> batch = new ArrayList<>(BATCH);
    for (var input = source.next(); input != null && !stop.isRequested(); input = source.next()) {
      batch.add(input);
      if (batch.size() == BATCH) {
        commands.send(batch);
        batch.clear();
      }
    }
    commands.send(batch);
  }

  private boolean awaitCommitted(FeedAnswers answers) throws SQLException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    try (Connection connection = run.database().connect()) {
      while (!answers.haveAllCome(connection)) {
        if (System.nanoTime() > deadline || stop.await(POLL_MS)) {
          return false;
        }
      }
    }
    return true;
  }
}
