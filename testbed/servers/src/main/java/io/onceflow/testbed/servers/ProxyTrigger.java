package io.onceflow.testbed.servers;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Waits for something to pass a {@link TcpProxy}, on any connection, and fires once. Thread-safe.
 */
public final class ProxyTrigger {
  private final BytePattern pattern;
  private final Predicate<String> statement;
  private final ProxyAction action;
  private final AtomicLong piecesToCome;
  private final AtomicBoolean armed = new AtomicBoolean(true);
  private final CountDownLatch fired = new CountDownLatch(1);

  private ProxyTrigger(
      BytePattern pattern, Predicate<String> statement, long pieces, ProxyAction action) {
    this.pattern = pattern;
    this.statement = statement;
    this.piecesToCome = new AtomicLong(pieces);
    this.action = action;
  }

  static ProxyTrigger onBytes(BytePattern pattern, ProxyAction action) {
    return new ProxyTrigger(pattern, statement -> false, 0, action);
  }

  static ProxyTrigger onStatement(Predicate<String> statement, ProxyAction action) {
    return new ProxyTrigger(null, statement, 0, action);
  }

  static ProxyTrigger onPiece(long number, ProxyAction action) {
    return new ProxyTrigger(null, statement -> false, number, action);
  }

  /** Tells whether it has fired; its action may still be under way. */
  public boolean hasFired() {
    return fired.getCount() == 0;
  }

  /** Waits until it has fired; throws when that takes longer than the timeout. */
  public void awaitFired(Duration timeout) {
    try {
      if (!fired.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new ServerException(
            "What the trigger waits for did not pass the proxy within %d ms."
                .formatted(timeout.toMillis()));
      }
    } catch (InterruptedException e) {
      throw ServerException.interrupted("a proxy's trigger", e);
    }
  }

  /** Makes it never fire, unless it has. */
  public void disarm() {
    armed.set(false);
  }

  ProxyAction action() {
    return action;
  }

  /** Returns the search for one connection, or null when it waits for a statement. */
  BytePattern.Search search() {
    return pattern == null ? null : pattern.search();
  }

  /** Counts a piece and tells whether it is the one waited for. */
  boolean isPieceReached() {
    return piecesToCome.get() > 0 && piecesToCome.decrementAndGet() == 0;
  }

  boolean wants(String executed) {
    return statement.test(executed);
  }

  /** True for the one caller that carries the action out. */
  boolean fire() {
    if (armed.compareAndSet(true, false)) {
      fired.countDown();
      return true;
    }
    return false;
  }
}
