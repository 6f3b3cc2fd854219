package io.onceflow.testbed.chaos.check;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The reader that looks all the time, through all faults (O4): every {@value #PERIOD_MS} ms, or
 * less often when looking would take more than a sixth of the time. A server that is away is asked
 * again. It also remembers when rows became visible and when a transaction in doubt was first seen.
 */
final class Watch implements AutoCloseable {

  static final long PERIOD_MS = 75;

  private static final int SHARE_OF_TIME = 5;

  /** A look that a paused server held up for seconds says nothing about the next. */
  private static final long LONGEST_PAUSE_MS = 500;

  private static final Duration DOUBT_PERIOD = Duration.ofSeconds(1);
  private static final Duration ENDING = Duration.ofSeconds(30);

  private final StoreView view;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Commit> commits = new ArrayList<>();
  private final Map<String, Instant> doubts = new HashMap<>();
  private final Map<Long, Long> looksBySum = new HashMap<>();
  private final Map<Long, Long> dirty = new HashMap<>();
  private final List<String> examples = new ArrayList<>();
  private Instant doubtsAt = Instant.EPOCH;
  private long looks;
  private long torn;
  private long looksBefore;
  private long doubtLooks;
  private long doubtLooksBefore;
  private long failures;
  private Throwable lastFailure;
  private long acceptedSum;
  private long visibleRows;

  /**
   * Rows became visible.
   *
   * @param at when it was seen
   * @param rows how many there were then
   */
  record Commit(Instant at, long rows) {}

  Watch(StoreView view) {
    this.view = view;
    this.thread = new Thread(this::run, "snapshot-watch");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((ended, error) -> noteFailure(error));
    thread.start();
  }

  private void run() {
    try {
      var pauseMs = 0L;
      while (!closing.await(pauseMs, TimeUnit.MILLISECONDS)) {
        var startedNs = System.nanoTime();
        look();
        var tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(PERIOD_MS, tookMs * SHARE_OF_TIME));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      view.close();
    }
  }

  private void look() {
    try {
      note(view.glimpse());
      if (doubtsAt.plus(DOUBT_PERIOD).isBefore(Instant.now())) {
        note(view.inDoubt());
      }
    } catch (Exception away) {
      noteFailure(away);
    }
  }

  private synchronized void noteFailure(Throwable failure) {
    failures++;
    lastFailure = failure;
  }

  private synchronized void note(StoreView.Glimpse glimpse) {
    looks++;
    if (glimpse.rows() > visibleRows) {
      commits.add(new Commit(Instant.now(), glimpse.rows()));
    }
    visibleRows = glimpse.rows();
    if (glimpse.sum() != null) {
      looksBySum.merge(glimpse.sum(), 1L, Long::sum);
    }
    inspect(glimpse);
    notifyAll();
  }

  /** Counts what is wrong in a look of anybody. */
  synchronized void inspect(StoreView.Glimpse glimpse) {
    glimpse.dirty().forEach(this::noteDirty);
    if (!glimpse.torn().isEmpty()) {
      torn++;
      examples.addAll(glimpse.torn());
    }
  }

  private void noteDirty(long epoch, long rows) {
    if (!dirty.containsKey(epoch)) {
      examples.add(
          "In a snapshot epoch %d shows %d rows that nobody decided to show."
              .formatted(epoch, rows));
    }
    dirty.merge(epoch, rows, Math::max);
  }

  private synchronized void note(Set<String> inDoubt) {
    doubtsAt = Instant.now();
    doubts.keySet().retainAll(inDoubt);
    inDoubt.forEach(id -> doubts.putIfAbsent(id, doubtsAt));
    doubtLooks++;
    notifyAll();
  }

  /**
   * Waits until both a snapshot was taken and the transactions in doubt were listed since the last
   * call.
   *
   * @return false when that did not happen: nobody has watched
   */
  synchronized boolean awaitLook(Duration patience) throws InterruptedException {
    var deadline = System.nanoTime() + patience.toNanos();
    while (looks == looksBefore || doubtLooks == doubtLooksBefore) {
      var leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    looksBefore = looks;
    doubtLooksBefore = doubtLooks;
    return true;
  }

  /**
   * Ends a stretch of time: a snapshot of it was whole when its rows added up to what was accepted
   * before, or to what they add up to now that all is quiet.
   *
   * @param sum what the rows add up to now, as far as a loss or a duplicate is reported for it
   */
  synchronized void settle(long sum) {
    looksBySum.remove(acceptedSum);
    looksBySum.remove(sum);
    looksBySum.forEach(
        (odd, count) -> {
          torn += count;
          examples.add(
              "The legs of %d snapshots add up to %d and not to %d."
                  .formatted(count, odd, acceptedSum));
        });
    looksBySum.clear();
    acceptedSum = sum;
  }

  /** Snapshots in which something was torn. */
  synchronized long torn() {
    return torn;
  }

  /** The most rows of each epoch that a snapshot has shown too early. */
  synchronized Map<Long, Long> dirty() {
    return Map.copyOf(dirty);
  }

  /** Snapshots that were taken. */
  synchronized long looks() {
    return looks;
  }

  /** Looks that failed, as they do while a server is away. */
  synchronized long failures() {
    return failures;
  }

  /** Why the last one did; null when none did. */
  synchronized Throwable lastFailure() {
    return lastFailure;
  }

  synchronized List<String> examples() {
    return List.copyOf(examples.subList(0, Math.min(examples.size(), 5)));
  }

  /** Transactions in doubt, with the moment at which they were seen first. */
  synchronized Map<String, Instant> doubts() {
    return Map.copyOf(doubts);
  }

  synchronized List<Commit> commits() {
    return List.copyOf(commits);
  }

  synchronized Optional<Instant> lastCommit() {
    return commits.isEmpty() ? Optional.empty() : Optional.of(commits.get(commits.size() - 1).at());
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(ENDING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
