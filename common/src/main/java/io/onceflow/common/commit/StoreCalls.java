package io.onceflow.common.commit;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the calls of one session on a thread of its own, so that a task which is cancelled does not
 * wait for a store that does not answer, and repeats those that may be repeated.
 */
final class StoreCalls implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StoreCalls.class);

  /** A call of the session. */
  interface Call<R> {
    R run(StoreSession session) throws StoreException;
  }

  private final StoreSession session;
  private final String description;
  private final RetryPolicy retryPolicy;
  private final Runnable onRetry;
  private final ExecutorService thread;
  private final RandomGenerator random = RandomGenerator.getDefault();

  StoreCalls(StoreSession session, String description, RetryPolicy retryPolicy, Runnable onRetry) {
    this.session = session;
    this.description = description;
    this.retryPolicy = retryPolicy;
    this.onRetry = onRetry;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              var created = new Thread(task, "onceflow-store");
              created.setDaemon(true);
              return created;
            });
  }

  /**
   * @throws IOException when the call failed and the job should be restored and try again
   * @throws SuppressRestartsException when no restart can help
   */
  <R> R call(Call<R> call) throws IOException, InterruptedException {
    return call(call, false);
  }

  /**
   * Like {@link #call}, for what a person has to put right before the job can run: a failure ends
   * the job instead of restarting it for ever.
   */
  <R> R callOnceForAll(Call<R> call) throws IOException, InterruptedException {
    return call(call, true);
  }

  private <R> R call(Call<R> call, boolean failureIsFinal)
      throws IOException, InterruptedException {
    var deadline = System.nanoTime() + retryPolicy.maxElapsed().toNanos();
    for (var retry = 0; ; retry++) {
      try {
        return callOnce(call);
      } catch (StoreException e) {
        if (!e.retryable() || System.nanoTime() > deadline) {
          // Without a cause it is our own verdict on what was found; with one the server may
          // recover.
          throw failure(e, failureIsFinal && !e.retryable() && e.getCause() == null);
        }
        var pauseMs = retryPolicy.backoffMs(retry, random);
        LOG.warn("{}: {} Trying again in {} ms.", description, e.getMessage(), pauseMs);
        onRetry.run();
        TimeUnit.MILLISECONDS.sleep(pauseMs);
      }
    }
  }

  private <R> R callOnce(Call<R> call) throws StoreException, InterruptedException, IOException {
    var result = thread.submit(() -> call.run(session));
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
    thread.submit(session::close);
    thread.shutdown();
  }
}
