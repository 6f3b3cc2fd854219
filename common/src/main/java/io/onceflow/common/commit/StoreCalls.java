package io.onceflow.common.commit;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the calls of one session on a thread of its own, so that a task which is cancelled does not
 * wait for a store that does not answer, and repeats those that may be repeated.
 */
final class StoreCalls<S extends RemoteSession> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StoreCalls.class);

  /** A call of the session. */
  interface Call<S, R> {
    R run(S session) throws StoreException;
  }

  /** A call of the session that has no result. */
  interface Action<S> {
    void run(S session) throws StoreException;
  }

  /** Time passes. */
  interface Pause {
    void sleep(long ms) throws InterruptedException;
  }

  /**
   * What calls need of the world; a simulator has another one.
   *
   * @param thread carries out one call after the other
   */
  record World(ExecutorService thread, LongSupplier nanoTime, Pause pause, RandomGenerator random) {

    static World real() {
      return new World(
          Executors.newSingleThreadExecutor(StoreCalls::daemon),
          System::nanoTime,
          TimeUnit.MILLISECONDS::sleep,
          RandomGenerator.getDefault());
    }
  }

  private final S session;
  private final String description;
  private final RetryPolicy retryPolicy;
  private final Runnable onRetry;
  private final World world;

  StoreCalls(S session, String description, RetryPolicy retryPolicy, Runnable onRetry) {
    this(session, description, retryPolicy, onRetry, World.real());
  }

  StoreCalls(
      S session, String description, RetryPolicy retryPolicy, Runnable onRetry, World world) {
    this.session = session;
    this.description = description;
    this.retryPolicy = retryPolicy;
    this.onRetry = onRetry;
    this.world = world;
  }

  /** A thread that talks to a store and never keeps a JVM alive. */
  static Thread daemon(Runnable task) {
    var thread = new Thread(task, "onceflow-store");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * @throws IOException when the call failed and the job should be restored and try again
   * @throws SuppressRestartsException when no restart can help
   */
  <R> R call(Call<S, R> call) throws IOException, InterruptedException {
    return call(call, false);
  }

  /** Like {@link #call}, without a result. */
  void run(Action<S> action) throws IOException, InterruptedException {
    call(withoutResult(action), false);
  }

  /**
   * Like {@link #run}, for what a person has to put right before the job can run: a failure ends
   * the job instead of restarting it for ever.
   */
  void runOnceForAll(Action<S> action) throws IOException, InterruptedException {
    call(withoutResult(action), true);
  }

  private static <S> Call<S, Void> withoutResult(Action<S> action) {
    return session -> {
      action.run(session);
      return null;
    };
  }

  private <R> R call(Call<S, R> call, boolean failureIsFinal)
      throws IOException, InterruptedException {
    var deadline = world.nanoTime().getAsLong() + retryPolicy.maxElapsed().toNanos();
    for (var retry = 0; ; retry++) {
      try {
        return callOnce(call);
      } catch (StoreException e) {
        if (!e.retryable() || world.nanoTime().getAsLong() > deadline) {
          // Without a cause it is our own verdict on what was found; with one the server may
          // recover.
          throw failure(e, failureIsFinal && !e.retryable() && e.getCause() == null);
        }
        var pauseMs = retryPolicy.backoffMs(retry, world.random());
        LOG.warn("{}: {} Trying again in {} ms.", description, e.getMessage(), pauseMs);
        onRetry.run();
        world.pause().sleep(pauseMs);
      }
    }
  }

  private <R> R callOnce(Call<S, R> call) throws StoreException, InterruptedException, IOException {
    var result = world.thread().submit(() -> call.run(session));
    try {
      return result.get();
    } catch (InterruptedException e) {
      session.abort();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StoreException storeException) {
        throw storeException;
      }
      throw new IOException(description + ": " + e.getCause().getMessage(), e.getCause());
    }
  }

  private IOException failure(StoreException e, boolean isFinal) {
    var message = description + ": " + e.getMessage();
    if (isFinal || e.errorClass() == ErrorClass.FENCED) {
      throw new SuppressRestartsException(new IOException(message, e));
    }
    return new IOException(message, e);
  }

  @Override
  public void close() {
    session.abort();
    world.thread().submit(session::close);
    world.thread().shutdown();
  }
}
