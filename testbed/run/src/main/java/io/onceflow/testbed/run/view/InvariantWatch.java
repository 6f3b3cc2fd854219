package io.onceflow.testbed.run.view;

import io.onceflow.testbed.run.check.FinalCheck.Database;
import io.onceflow.testbed.run.check.Invariants;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the invariants that read every row, again and again in a thread of its own, with pauses of
 * at least twenty times what the last round took: the job keeps its processors.
 */
public final class InvariantWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(InvariantWatch.class);

  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(5);
  private static final int PAUSE_PER_WORK = 20;

  private final Database database;
  private final Duration shortestPause;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread worker = new Thread(work, "invariants");
            worker.setDaemon(true);
            return worker;
          });
  private volatile Round last = new Round(0, List.of());

  /**
   * The last round.
   *
   * @param number of rounds so far
   * @param broken invariants that did not hold, or the reason why they could not be checked
   */
  public record Round(long number, List<String> broken) {}

  /** Starts after the shortest pause. */
  public InvariantWatch(Database database) {
    this(database, SHORTEST_PAUSE);
  }

  InvariantWatch(Database database, Duration shortestPause) {
    this.database = database;
    this.shortestPause = shortestPause;
    thread.schedule(this::round, shortestPause.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The last round; any thread. */
  public Round last() {
    return last;
  }

  private void round() {
    long start = System.nanoTime();
    try {
      last = new Round(last.number + 1, check());
    } catch (SQLException e) {
      // A lost connection breaks nothing: the last round stays, and the final check reads all of it
      // again.
      LOG.warn("A round of the invariants could not be read", e);
    }
    long pause = Math.max(shortestPause.toNanos(), PAUSE_PER_WORK * (System.nanoTime() - start));
    if (!thread.isShutdown()) {
      thread.schedule(this::round, pause, TimeUnit.NANOSECONDS);
    }
  }

  private List<String> check() throws SQLException {
    try (Connection connection = database.connect()) {
      Invariants.prepare(connection);
      List<String> broken = Invariants.broken(connection, Invariants.HEAVY);
      connection.rollback();
      return broken;
    } catch (SQLException e) {
      if (isLostConnection(e)) {
        throw e;
      }
      return List.of("the invariants could not be read: " + e.getMessage());
    }
  }

  private static boolean isLostConnection(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57");
  }

  /** Lets a round that is under way finish, for at most a minute. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      thread.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
