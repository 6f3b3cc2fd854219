package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One committer's clients: claims the sink, applies epochs, each in one transaction.
 *
 * <p>Whatever it decides it decides after it has initialized a producer under the sink's
 * transactional id and has read the sink's records to their end; whatever it writes it writes with
 * that producer. So nobody else can have written in between: {@code docs/algorithms.md}.
 */
final class KafkaSession implements StagedSession {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaSession.class);

  /** The broker looks for transactions that are open for too long every ten seconds. */
  private static final Duration BROKER_DELAY = Duration.ofSeconds(15);

  private static final int MAX_ATTEMPTS = 4;

  private final KafkaStore.Shape shape;
  private final SinkId sinkId;
  private final OnReject onReject;
  private final KafkaClients clients;
  private final Claim claim;
  private final EpochCommit commit;

  KafkaSession(KafkaStore.Shape shape, SinkId sinkId, String runId, OnReject onReject) {
    this.shape = shape;
    this.sinkId = sinkId;
    this.onReject = onReject;
    this.clients = new KafkaClients(shape, sinkId);
    var patience = patience(shape);
    this.claim = new Claim(clients, sinkId, patience);
    this.commit = new EpochCommit(clients, shape, runId, onReject, patience);
  }

  /**
   * How long another sink's transaction in the same partition is waited for. Nothing but its end
   * helps, and the broker ends it; other sinks are taken to have the timeout that this one has.
   */
  static Duration patience(KafkaStore.Shape shape) {
    return Duration.ofMillis(shape.transactionTimeoutMs()).plus(BROKER_DELAY);
  }

  @Override
  public void preflight() throws StoreException {
    guarded(
        "Checking the cluster",
        () -> {
          new KafkaPreflight(clients.admin(), shape, onReject).check();
          return null;
        });
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return untilNotFenced("Claiming the sink", () -> claim.claim(request));
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    var doing = "Committing the epoch of checkpoint " + epoch.checkpointId();
    return untilNotFenced(doing, () -> commit.apply(epoch, segments));
  }

  /** An attempt; its result, or null when another session's producer took its place. */
  private interface Attempt<R> {
    R run() throws StoreException, IOException;
  }

  /** Whoever was fenced reads again who owns the sink; only then it is known what that means. */
  private <R> R untilNotFenced(String doing, Attempt<R> work) throws StoreException {
    return guarded(
        doing,
        () -> {
          for (var attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            var result = work.run();
            if (result != null) {
              return result;
            }
            LOG.info(
                "Sink '{}': {}: another session wrote meanwhile; looking again.", sinkId, doing);
          }
          throw new StoreException(
              ErrorClass.TRANSIENT,
              doing + ": other sessions of this sink write at the same time.",
              null);
        });
  }

  private interface Work<R> {
    R run() throws StoreException, IOException;
  }

  /** A producer on which something failed is left: the next call begins with a new one. */
  private <R> R guarded(String doing, Work<R> work) throws StoreException {
    var done = false;
    try {
      var result = work.run();
      done = true;
      return result;
    } catch (KafkaException | IllegalStateException e) {
      // Clients that were closed by abort() complain in either way.
      throw KafkaErrors.exception(doing, e);
    } catch (IOException e) {
      throw KafkaErrors.exception(ErrorClass.SYSTEM, doing, e);
    } finally {
      if (!done) {
        clients.dropProducer();
      }
    }
  }

  @Override
  public void abort() {
    clients.abort();
  }

  @Override
  public void close() {
    try {
      clients.close();
    } catch (KafkaException e) {
      LOG.debug("Sink '{}': closing clients: {}", sinkId, e.toString());
    }
  }
}
