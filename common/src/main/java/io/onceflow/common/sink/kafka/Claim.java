package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.LineageRules;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

/** Claims a sink for a run: asks {@link LineageRules} and writes down what it says. */
final class Claim {

  private final KafkaClients clients;
  private final SinkId sinkId;
  private final Duration patience;

  Claim(KafkaClients clients, SinkId sinkId, Duration patience) {
    this.clients = clients;
    this.sinkId = sinkId;
    this.patience = patience;
  }

  /**
   * One attempt.
   *
   * @return null when another session's producer took the place of this one
   */
  OpenResult claim(OpenRequest request) throws StoreException, IOException {
    var topic = clients.markers();
    if (topic.readDecided()) {
      // A refused start, and a restart of the run that owns the sink, disturb nobody.
      if (decide(request) instanceof LineageRules.Continue && isDone(request)) {
        return opened(request);
      }
    } else {
      // Nobody else may be left to end what a subtask has open.
      decide(request);
      fenceSubtasks();
    }
    clients.initProducer(TransactionalIds.ofSink(sinkId));
    topic.readToEnd(patience);
    var sink = next(request, decide(request));
    try {
      write(request, sink);
      topic.readToEnd(patience);
      fenceSubtasks();
      topic.readToEnd(patience);
      decide(request);
      writeFenced(request);
      return opened(request);
    } catch (RuntimeException e) {
      if (KafkaErrors.isFenced(e)) {
        clients.dropProducer();
        return null;
      }
      throw e;
    }
  }

  /**
   * Whether an earlier claim of this run came to its end. One that failed after it had written who
   * owns the sink has not fenced the subtasks of the run before.
   */
  private boolean isDone(OpenRequest request) {
    var history = clients.markers().history();
    return history.known().ownerRun().equals(request.runId())
        && history.knowsRun(request.runId())
        && (history.members().isEmpty() || request.runId().equals(history.fencedFor()));
  }

  private LineageRules.Decision decide(OpenRequest request) throws StoreException {
    var history = clients.markers().history();
    var decision = LineageRules.decide(history.known(), history.knowsRun(request.runId()), request);
    if (decision instanceof LineageRules.Refuse refuse) {
      throw KafkaErrors.fenced(refuse.message());
    }
    return decision;
  }

  private MarkerHistory.Sink next(OpenRequest request, LineageRules.Decision decision) {
    var history = clients.markers().history();
    var known = history.known();
    if (decision instanceof LineageRules.Begin begin) {
      var parent = request.lineage();
      if (parent == null && known != null && known.hasHistory()) {
        parent = known.lineage();
      }
      var last = begin.lastCheckpointId();
      return new MarkerHistory.Sink(
          new SinkRecord(UUID.randomUUID().toString(), request.runId(), last, parent, last, null),
          0);
    }
    return new MarkerHistory.Sink(
        new SinkRecord(
            known.lineage(),
            request.runId(),
            known.lastCheckpointId(),
            known.parentLineage(),
            known.parentCheckpointId(),
            known.lastRestorePath()),
        history.lowWaterCheckpointId());
  }

  private void write(OpenRequest request, MarkerHistory.Sink sink)
      throws StoreException, IOException {
    var topic = clients.markers();
    var producer = clients.producer();
    producer.beginTransaction();
    var sends = new Sends(producer);
    sends.sendAside(topic.record("sink/" + sinkId, MarkerJson.of(sink)));
    sends.sendAside(
        topic.record(
            "run/%s/%s".formatted(sinkId, request.runId()),
            MarkerJson.of(request, sink.record().lineage())));
    for (var run : topic.history().runsToForget()) {
      sends.sendAside(topic.record("run/%s/%s".formatted(sinkId, run), null));
    }
    producer.flush();
    sends.throwIfFailed();
    producer.commitTransaction();
  }

  /**
   * With scope SUBTASK epochs are committed under other transactional ids. A session that has read
   * the old owner before the claim, and commits after it, is fenced here; one that reads after the
   * claim finds the new owner.
   */
  private void fenceSubtasks() {
    var members = clients.markers().history().members();
    if (members.isEmpty()) {
      return;
    }
    var ids = members.stream().map(subtask -> TransactionalIds.ofSubtask(sinkId, subtask)).toList();
    KafkaErrors.await(clients.admin().fenceProducers(ids).all());
  }

  /** Only after this the claim is done; a retry that does not find it fences once more. */
  private void writeFenced(OpenRequest request) throws StoreException, IOException {
    var producer = clients.producer();
    producer.beginTransaction();
    var sends = new Sends(producer);
    sends.sendAside(
        clients.markers().record("fenced/" + sinkId, MarkerJson.fencedFor(request.runId())));
    producer.flush();
    sends.throwIfFailed();
    producer.commitTransaction();
  }

  private OpenResult opened(OpenRequest request) {
    var history = clients.markers().history();
    var known = history.known();
    return new OpenResult(known.lineage(), known.lastCheckpointId(), history.otherRuns(request));
  }
}
