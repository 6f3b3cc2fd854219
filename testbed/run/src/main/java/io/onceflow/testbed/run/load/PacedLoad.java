package io.onceflow.testbed.run.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Sends a source's commands at a rate, in a thread of its own.
 *
 * <p>When commands are committed more slowly than they are sent, it stops at a number of
 * outstanding ones and catches up later, so that a run without a rate does not fill the disk.
 */
public final class PacedLoad implements AutoCloseable {

  private static final int BATCH = 512;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final CommandSource source;
  private final CommandSender sender;
  private final Pace pace;
  private final LongSupplier committed;
  private final Thread thread = new Thread(this::run, "load");
  private volatile boolean stopped;
  private volatile Exception failure;
  private volatile long cpuNanos;

  /**
   * How fast.
   *
   * @param perSecond commands per second, 0 = as fast as possible
   * @param maxOutstanding the most commands that are sent and not committed
   */
  public record Pace(long perSecond, long maxOutstanding) {}

  /**
   * Does not start it.
   *
   * @param committed how many of the sender's commands are known to be committed
   */
  public PacedLoad(CommandSource source, CommandSender sender, Pace pace, LongSupplier committed) {
    this.source = source;
    this.sender = sender;
    this.pace = pace;
    this.committed = committed;
    thread.setDaemon(true);
  }

  /** Starts sending. */
  public void start() {
    thread.start();
  }

  /** Whether the source is exhausted, {@link #close} was called, or sending failed. */
  public boolean isDone() {
    return !thread.isAlive();
  }

  /** Processor time the thread took, in nanoseconds; final when done. */
  public long cpuNanos() {
    return cpuNanos;
  }

  /** Stops, waits until all that was sent is acknowledged, and throws what went wrong. */
  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the generator was stopping.", e);
    }
    throwIfFailed();
    sender.flush();
  }

  /** Throws what sending failed with, if it did. */
  public void throwIfFailed() throws IOException {
    if (failure != null) {
      throw new IOException("Sending commands failed: " + failure.getMessage(), failure);
    }
    sender.throwIfFailed();
  }

  private void run() {
    try {
      send();
    } catch (IOException | RuntimeException e) {
      failure = e;
    } finally {
      cpuNanos = java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
  }

  private void send() throws IOException {
    long start = System.nanoTime();
    long before = sender.sent();
    List<CommandSource.Input> batch = new ArrayList<>(BATCH);
    while (!stopped) {
      long count = room(System.nanoTime() - start, sender.sent() - before);
      if (count <= 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
        continue;
      }
      batch.clear();
      boolean more = fill(batch, count);
      sender.send(batch);
      if (!more) {
        return;
      }
    }
  }

  private boolean fill(List<CommandSource.Input> batch, long count) throws IOException {
    while (batch.size() < count) {
      CommandSource.Input input = source.next();
      if (input == null) {
        return false;
      }
      batch.add(input);
    }
    return true;
  }

  private long room(long elapsedNanos, long sent) {
    long due =
        pace.perSecond == 0
            ? Long.MAX_VALUE
            : (long) (elapsedNanos * (double) pace.perSecond / TimeUnit.SECONDS.toNanos(1)) - sent;
    long allowed = pace.maxOutstanding - (sent - committed.getAsLong());
    return Math.min(BATCH, Math.min(due, allowed));
  }
}
