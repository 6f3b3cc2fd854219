package io.onceflow.common.sink.kafka;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Turns "failed with a known reason", at which Flink drops the committable, into an answer. A
 * fenced commit means one of two things: the broker gave the transaction up, or an earlier attempt
 * has committed it (with transaction protocol 2 every commit raises the producer's epoch, so that a
 * restored committer is always fenced). The broker is asked which; only a loss fails the job, after
 * the other committables of the call are committed.
 *
 * @param <C> the committable
 */
final class LossRefusingCommitter<C> implements Committer<C> {

  private final Committer<C> committer;
  private final Function<C, String> name;
  private final Outcomes outcomes;

  /** Tells how transactions ended. */
  interface Outcomes extends Closeable {
    boolean wasCommitted(String transactionalId) throws IOException, InterruptedException;
  }

  LossRefusingCommitter(Committer<C> committer, Function<C, String> name, Outcomes outcomes) {
    this.committer = committer;
    this.name = name;
    this.outcomes = outcomes;
  }

  @Override
  public void commit(Collection<CommitRequest<C>> requests)
      throws IOException, InterruptedException {
    List<Request<C>> watched = requests.stream().map(request -> new Request<>(request)).toList();
    committer.commit(new ArrayList<>(watched));
    for (Request<C> request : watched) {
      if (request.doubt != null) {
        settle(request);
      }
    }
  }

  private void settle(Request<C> request) throws IOException, InterruptedException {
    if (!outcomes.wasCommitted(name.apply(request.getCommittable()))) {
      throw new SuppressRestartsException(new IOException(message(request), request.doubt));
    }
    request.signalAlreadyCommitted();
  }

  private String message(Request<C> request) {
    return """
        Kafka gave up the transaction %s before it was committed, so its records are lost to \
        readers; the job stops instead of going on without them. Restore a checkpoint that was \
        taken before it, or set on-lost-transaction: accept-loss to go on. The reason is usually \
        an outage longer than transaction-timeout."""
        .formatted(name.apply(request.getCommittable()));
  }

  @Override
  public void close() throws IOException {
    try (outcomes) {
      committer.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("The committer of Kafka transactions could not be closed.", e);
    }
  }

  private static final class Request<C> implements CommitRequest<C> {
    private final CommitRequest<C> request;
    private Throwable doubt;

    Request(CommitRequest<C> request) {
      this.request = request;
    }

    @Override
    public C getCommittable() {
      return request.getCommittable();
    }

    @Override
    public int getNumberOfRetries() {
      return request.getNumberOfRetries();
    }

    /** Not passed on: Flink would count the committable as done. */
    @Override
    public void signalFailedWithKnownReason(Throwable reason) {
      doubt = reason;
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      request.signalFailedWithUnknownReason(reason);
    }

    @Override
    public void retryLater() {
      request.retryLater();
    }

    @Override
    public void updateAndRetryLater(C committable) {
      request.updateAndRetryLater(committable);
    }

    @Override
    public void signalAlreadyCommitted() {
      request.signalAlreadyCommitted();
    }
  }
}
