package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.LineageRules;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.apache.kafka.common.KafkaException;

/** Applies one epoch: nothing if its marker is there, else its records and its marker at once. */
final class EpochCommit {

  /** Each finds at least one record that a broker refuses although nothing spoke against it. */
  private static final int MAX_ROUNDS = 100;

  /** How long a session that was fenced lets the other one finish before it fences it in turn. */
  private static final Duration YIELD = Duration.ofSeconds(15);

  /** How long a session that keeps its producer waits before it begins anew. */
  private static final Duration OWN_PATIENCE = Duration.ofSeconds(2);

  private static final long NANOS_PER_MS = 1_000_000;

  private final KafkaClients clients;
  private final KafkaStore.Shape shape;
  private final String runId;
  private final OnReject onReject;
  private final Duration patience;
  private final Refusals refused = new Refusals();
  private TargetTopics topics;
  private boolean wasFenced;
  private long fencedNs;

  EpochCommit(
      KafkaClients clients,
      KafkaStore.Shape shape,
      String runId,
      OnReject onReject,
      Duration patience) {
    this.clients = clients;
    this.shape = shape;
    this.runId = runId;
    this.onReject = onReject;
    this.patience = patience;
  }

  /**
   * One attempt.
   *
   * @return null when this one was fenced, or the broker refused records
   */
  ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException, IOException {
    var history = clients.markers().history();
    leaveProducerThatWaits(epoch);
    if (!clients.hasProducer(TransactionalIds.of(epoch))) {
      clients.markers().readDecided();
      if (history.isCommitted(epoch)) {
        return new ApplyResult(true, 0);
      }
      takeOver(epoch);
    }
    clients.markers().readToEnd(patience);
    if (history.isCommitted(epoch)) {
      return new ApplyResult(true, 0);
    }
    var refusal =
        LineageRules.refuseCommit(history.known(), runId, epoch, history.newestOfSubtask(epoch));
    if (refusal != null) {
      throw KafkaErrors.fenced(refusal);
    }
    return write(epoch, segments);
  }

  /**
   * What is open may have been begun under our own id, by a process that took our producer's place
   * and died: only a new producer ends that before its timeout.
   */
  private void leaveProducerThatWaits(Epoch epoch) throws StoreException {
    if (clients.hasProducer(TransactionalIds.of(epoch))) {
      try {
        clients.markers().readToEnd(OWN_PATIENCE);
      } catch (StoreException e) {
        if (!e.retryable()) {
          throw e;
        }
        clients.dropProducer();
      }
    }
  }

  /** A run that was replaced must not fence the one that replaced it, not even for a moment. */
  private void takeOver(Epoch epoch) throws StoreException, IOException {
    var markers = clients.markers();
    var id = TransactionalIds.of(epoch);
    if (markers.history().isReplaced(runId)) {
      throw KafkaErrors.fenced(
          LineageRules.refuseCommit(markers.history().known(), runId, epoch, 0));
    }
    if (System.nanoTime() - fencedNs < YIELD.toNanos() && wasFenced && clients.isOngoing(id)) {
      throw new StoreException(
          ErrorClass.TRANSIENT,
          "Another session of sink '%s' is in the middle of a commit; it may finish first."
              .formatted(epoch.sinkId()),
          null);
    }
    clients.initProducer(id);
    if (epoch.scope() == CommitScope.SUBTASK) {
      markers.readToEnd(patience);
      join(epoch);
    }
  }

  /** From here on a claim knows that it has to fence this subtask. */
  private void join(Epoch epoch) throws StoreException, IOException {
    var markers = clients.markers();
    if (!markers.history().isMember(epoch.subtask())) {
      var producer = clients.producer();
      producer.beginTransaction();
      var sends = new Sends(producer);
      sends.sendAside(
          markers.record(
              "member/%s/%d".formatted(epoch.sinkId(), epoch.subtask()), MarkerJson.member()));
      producer.flush();
      sends.throwIfFailed();
      producer.commitTransaction();
    }
  }

  private ApplyResult write(Epoch epoch, SegmentReader segments)
      throws StoreException, IOException {
    refused.begin(epoch.transactionId());
    for (var round = 0; round < MAX_ROUNDS; round++) {
      var startedNs = System.nanoTime();
      try {
        var result = writeOnce(epoch, segments);
        if (result != null || clients.producer() == null) {
          return result;
        }
      } catch (KafkaException e) {
        if (!KafkaErrors.isFenced(e)) {
          throw e;
        }
        clients.dropProducer();
        wasFenced = true;
        fencedNs = System.nanoTime();
        refuseTooLong(epoch, startedNs, e);
        return null;
      }
    }
    throw KafkaErrors.system(
        "The brokers refuse records of checkpoint %d again and again, %d up to now; nothing of the epoch is committed. Compare max.request.size of the sink with max.message.bytes of the topics."
            .formatted(epoch.checkpointId(), refused.count()));
  }

  /** Returns null when the broker refused records, which are known then. */
  private ApplyResult writeOnce(Epoch epoch, SegmentReader segments)
      throws StoreException, IOException {
    var sends = new Sends(clients.producer());
    try {
      clients.producer().beginTransaction();
      var letters = send(epoch, segments, sends);
      if (!sends.refused().isEmpty()) {
        refused.add(sends.refused(), letters, shape.rejectTopic());
        clients.abortTransaction();
        return null;
      }
      CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
      commit(epoch);
      return new ApplyResult(false, letters.size());
    } catch (StoreException | IOException e) {
      clients.abortTransaction();
      throw e;
    }
  }

  /** Returns the numbers of those that went to the reject topic. */
  private Set<Long> send(Epoch epoch, SegmentReader segments, Sends sends)
      throws StoreException, IOException {
    if (topics == null) {
      topics = clients.topics();
    }
    topics.refresh();
    var records = new EpochRecords(sends, topics, shape, onReject, refused);
    records.send(epoch, segments);
    clients.producer().flush();
    CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
    if (sends.refused().isEmpty()) {
      sends.throwIfFailed();
      sendMarker(epoch, sends, records.rejected());
      clients.producer().flush();
      sends.throwIfFailed();
    }
    return records.letters();
  }

  private void sendMarker(Epoch epoch, Sends sends, long rejected)
      throws StoreException, IOException {
    var markers = clients.markers();
    var sinkId = epoch.sinkId();
    var forgotten = markers.history().markersToForget(epoch);
    var lowWater = markers.history().lowWaterCheckpointId();
    for (var marker : forgotten) {
      if (marker.lineage().equals(epoch.lineage())) {
        lowWater = Math.max(lowWater, marker.checkpointId());
      }
      sends.sendAside(markers.record(markerKey(epoch, marker.transactionId()), null));
    }
    var marker = marker(epoch, sends, rejected);
    sends.sendAside(markers.record(markerKey(epoch, epoch.transactionId()), MarkerJson.of(marker)));
    var known = markers.history().known();
    if (epoch.scope() == CommitScope.SINK) {
      var sink = new MarkerHistory.Sink(advanced(known, epoch), lowWater);
      sends.sendAside(markers.record("sink/" + sinkId, MarkerJson.of(sink)));
    } else if (epoch.lineage().equals(known.lineage())) {
      var newest =
          new MarkerHistory.Newest(epoch.lineage(), epoch.checkpointId(), epoch.restorePath());
      var key = "subtask/%s/%d".formatted(sinkId, epoch.subtask());
      sends.sendAside(markers.record(key, MarkerJson.of(newest)));
    }
  }

  private CommitMarker marker(Epoch epoch, Sends sends, long rejected) {
    return new CommitMarker(
        epoch.transactionId(),
        epoch.lineage(),
        epoch.subtask(),
        epoch.checkpointId(),
        epoch.previousCheckpointId(),
        runId,
        epoch.rows(),
        rejected,
        epoch.bytes(),
        epoch.checksum(),
        epoch.watermarkMs(),
        epoch.preparedAtMs(),
        System.currentTimeMillis(),
        sends.ranges());
  }

  private static String markerKey(Epoch epoch, String transactionId) {
    return "marker/%s/%s".formatted(epoch.sinkId(), transactionId);
  }

  private static SinkRecord advanced(SinkRecord known, Epoch epoch) {
    if (epoch.checkpointId() < known.lastCheckpointId()) {
      return known;
    }
    return new SinkRecord(
        known.lineage(),
        known.ownerRun(),
        epoch.checkpointId(),
        known.parentLineage(),
        known.parentCheckpointId(),
        epoch.restorePath());
  }

  /** Once it is asked for, only a fence says no; after everything else the marker has to tell. */
  private void commit(Epoch epoch) throws StoreException {
    try {
      clients.producer().commitTransaction();
    } catch (RuntimeException e) {
      if (KafkaErrors.isFenced(e)) {
        throw e;
      }
      clients.dropProducer();
      throw KafkaErrors.exception(
          ErrorClass.AMBIGUOUS,
          "Committing the epoch of checkpoint %d: whether it was committed is not known"
              .formatted(epoch.checkpointId()),
          e);
    }
  }

  /** The broker fences a producer too when its transaction is open for too long. */
  private void refuseTooLong(Epoch epoch, long startedNs, KafkaException e) throws StoreException {
    var elapsedMs = (System.nanoTime() - startedNs) / NANOS_PER_MS;
    if (elapsedMs >= shape.transactionTimeoutMs()) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "Writing %d records of checkpoint %d took %d ms, longer than the transaction-timeout of %d ms after which the broker gives up. Raise transaction-timeout, and transaction.max.timeout.ms of the brokers if need be, or take checkpoints more often."
              .formatted(
                  epoch.rows(), epoch.checkpointId(), elapsedMs, shape.transactionTimeoutMs()),
          e);
    }
  }
}
