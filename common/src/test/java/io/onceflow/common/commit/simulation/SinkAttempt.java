package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.Segment;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SinkUnderSimulation;
import io.onceflow.common.commit.TransactionId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import org.apache.flink.api.connector.sink2.Committer;

/**
 * The tasks of one sink in one attempt: writers, gatherer, committer. While a task is at work it is
 * a strand. An attempt that was given up by the job may go on for a while: a zombie.
 */
final class SinkAttempt {

  private final Simulation simulation;
  private final SimulatedJob job;
  private final MemoryStore store;
  private final SinkUnderSimulation.Gatherer gatherer;
  private final Committer<Epoch> committer;
  private final Checkpoint.SinkState restored;
  private final OptionalLong restoredId;
  private final Writer[] writers;
  private final Deque<Long> notifications = new ArrayDeque<>();
  private final List<Epoch> pending = new ArrayList<>();
  private final String name;

  private Strand gathering;
  private Strand committing;
  private boolean claimed;
  private boolean recovered;
  private boolean live = true;
  private boolean gone;
  private long barrier;
  private boolean epochMade;
  private Epoch inbox;
  private SinkUnderSimulation.History snapshot;
  private int offset;
  private int offsetAtBarrier;

  private static final class Writer {
    private final String nonce;
    private final List<Integer> rows = new ArrayList<>();
    private long sequence;
    private boolean passed = true;

    Writer(String nonce) {
      this.nonce = nonce;
    }
  }

  SinkAttempt(
      Simulation simulation,
      SimulatedJob job,
      MemoryStore store,
      SinkUnderSimulation sink,
      Checkpoint from) {
    this.simulation = simulation;
    this.job = job;
    this.store = store;
    this.restored = from == null ? null : from.sinks().get(store.sinkId().value());
    this.restoredId = from == null ? OptionalLong.empty() : OptionalLong.of(from.id());
    this.offset = restored == null ? 0 : restored.offset();
    var number = simulation.nextNumber();
    this.name = "%s.%s#%d".formatted(job.name(), store.sinkId(), number);
    var runId = job.runId(store);
    this.gatherer =
        sink.gatherer(
            simulation.nonce(),
            simulation.session(store, runId),
            simulation.register(store, runId));
    this.committer =
        sink.committer(
            simulation.session(store, runId), simulation.register(store, runId), restoredId);
    this.writers = new Writer[simulation.plan().writers()];
    for (var i = 0; i < writers.length; i++) {
      writers[i] = new Writer(simulation.nonce());
    }
  }

  boolean isRunning() {
    return live && claimed && recovered;
  }

  boolean isLive() {
    return live;
  }

  boolean isBusy() {
    return barrier != 0 || gathering != null || committing != null || !notifications.isEmpty();
  }

  int offset() {
    return offset;
  }

  /** The job does without it; it ends at once, or goes on as a zombie for a while. */
  void giveUp(boolean zombie) {
    live = false;
    if (!zombie) {
      end();
    }
  }

  void end() {
    live = false;
    gone = true;
    if (gathering != null) {
      gathering.kill();
    }
    if (committing != null) {
      committing.kill();
    }
  }

  boolean isGone() {
    return gone;
  }

  void feed() {
    var input = offset++;
    writers[input % writers.length].rows.add(input);
  }

  void barrier(long checkpointId) {
    barrier = checkpointId;
    offsetAtBarrier = offset;
    epochMade = false;
    inbox = null;
    for (var writer : writers) {
      writer.passed = false;
    }
  }

  /** The coordinator has given the checkpoint up; whoever has not seen the barrier will not. */
  void dropBarrier() {
    if (barrier != 0 && !epochMade && gathering == null) {
      for (var writer : writers) {
        writer.passed = true;
      }
      barrier = 0;
    }
  }

  void notifyComplete(long checkpointId) {
    notifications.add(checkpointId);
  }

  /** Everything that may happen next here. */
  void addEvents(Collection<Event> events) {
    if (gone) {
      return;
    }
    addGatherersEvents(events);
    addCommittersEvents(events);
    for (var writer : writers) {
      if (!writer.passed) {
        events.add(new Event(name + " writer passes " + barrier, 4, () -> pass(writer)));
      }
    }
  }

  private void addGatherersEvents(Collection<Event> events) {
    if (gathering != null) {
      resume(events, gathering);
    } else if (!claimed) {
      events.add(new Event(name + " claims", 6, () -> gather("claim", this::claim)));
    } else if (barrier != 0 && !epochMade && allPassed()) {
      events.add(new Event(name + " gathers " + barrier, 5, () -> gather("epoch", this::make)));
    }
  }

  private void addCommittersEvents(Collection<Event> events) {
    if (committing != null) {
      resume(events, committing);
    } else if (!recovered) {
      events.add(new Event(name + " recovers", 6, () -> commit("recover", this::recover)));
    } else {
      if (inbox != null) {
        events.add(new Event(name + " snapshots " + barrier, 5, this::snapshot));
      }
      if (!notifications.isEmpty()) {
        var id = notifications.peek();
        events.add(
            new Event(name + " commits " + id, 5, () -> commit("commit", this::commitNotified)));
      }
    }
  }

  private void resume(Collection<Event> events, Strand strand) {
    events.add(
        new Event(
            strand.toString(),
            10,
            () -> {
              strand.resume(simulation.directive(strand));
              settle();
            }));
  }

  private boolean allPassed() {
    for (var writer : writers) {
      if (!writer.passed) {
        return false;
      }
    }
    return true;
  }

  private void gather(String what, Callable<?> work) {
    gathering = new Strand(name + " gatherer " + what, work, simulation.plan().fine());
    gathering.resume(Strand.Directive.GO);
    settle();
  }

  private void commit(String what, Callable<?> work) {
    committing = new Strand(name + " committer " + what, work, simulation.plan().fine());
    committing.resume(Strand.Directive.GO);
    settle();
  }

  private void settle() {
    Throwable failure = null;
    if (gathering != null && gathering.isDone()) {
      failure = gathering.failure();
      gathering = null;
    }
    if (committing != null && committing.isDone()) {
      failure = failure == null ? committing.failure() : failure;
      committing = null;
    }
    if (failure != null) {
      failed(failure);
    }
  }

  private void failed(Throwable failure) {
    var wasLive = live;
    end();
    if (wasLive) {
      job.taskFailed(this, failure);
    } else {
      Violation.rethrow(failure);
    }
  }

  private Object claim() throws Exception {
    gatherer.claim(restored == null ? null : restored.history(), restoredId);
    claimed = true;
    return null;
  }

  private Object recover() throws Exception {
    if (restored != null) {
      pending.addAll(restored.pending());
      commitUpTo(restoredId.getAsLong());
    }
    recovered = true;
    return null;
  }

  private Object commitNotified() throws Exception {
    commitUpTo(notifications.poll());
    return null;
  }

  /** As Flink's committer operator does: all epochs up to the checkpoint in one call. */
  private void commitUpTo(long checkpointId) throws Exception {
    var due = pending.stream().filter(epoch -> epoch.checkpointId() <= checkpointId).toList();
    committer.commit(due.stream().<Committer.CommitRequest<Epoch>>map(PlainRequest::new).toList());
    pending.removeAll(due);
  }

  private Object make() throws Exception {
    var epoch = gatherer.makeEpoch(barrier, job.name());
    snapshot = gatherer.history();
    epochMade = true;
    inbox = epoch;
    return null;
  }

  /** The committer's barrier: its state and the acknowledgement. */
  private void snapshot() {
    pending.add(inbox);
    inbox = null;
    var checkpoint = barrier;
    barrier = 0;
    if (live) {
      job.acknowledge(
          checkpoint,
          store.sinkId().value(),
          new Checkpoint.SinkState(offsetAtBarrier, snapshot, List.copyOf(pending)));
    }
  }

  /** A writer's barrier: what it has is prepared, or sealed, and goes to the gatherer. */
  private void pass(Writer writer) {
    writer.passed = true;
    var directive = simulation.directiveForPrepare();
    if (directive == Strand.Directive.LOSE_REQUEST) {
      failed(new java.io.IOException("PREPARE was lost."));
      return;
    }
    var segment = segment(writer);
    if (segment == null) {
      failed(new java.io.IOException("Lock timeout."));
      return;
    }
    if (directive == Strand.Directive.LOSE_REPLY) {
      failed(new java.io.IOException("The answer to PREPARE was lost."));
      return;
    }
    gatherer.add(segment);
  }

  private Segment segment(Writer writer) {
    // A writer stages its first epoch; later on every third row goes to a table that takes upserts.
    var prepares =
        simulation.plan().strategy() == CommitStrategy.PREPARED
            && (writer.sequence > 0 || store.has(Defect.FIRST_EPOCH_PREPARED));
    var streamed = new ArrayList<Integer>();
    var sealed = new ArrayList<Integer>();
    for (var input : writer.rows) {
      (prepares && input % 3 != 0 ? streamed : sealed).add(input);
    }
    PreparedTransaction transaction = null;
    if (!streamed.isEmpty()) {
      var id = new TransactionId(store.sinkId(), writer.nonce, 0, writer.sequence);
      if (!store.prepare(id.toString(), streamed)) {
        return null;
      }
      transaction = new PreparedTransaction(id.toString(), streamed.size(), 0, 0, 0);
    }
    writer.sequence++;
    writer.rows.clear();
    return SinkUnderSimulation.segment(writer.nonce, 0, parts(sealed), transaction);
  }

  private static List<SegmentPart> parts(List<Integer> inputs) {
    if (inputs.isEmpty()) {
      return List.of();
    }
    var bytes = new byte[inputs.size()];
    for (var i = 0; i < bytes.length; i++) {
      bytes[i] = inputs.get(i).byteValue();
    }
    var crc = new CRC32C();
    crc.update(bytes);
    return List.of(
        new SegmentPart(0, bytes.length, bytes.length, (int) crc.getValue(), bytes, null));
  }

  @Override
  public String toString() {
    return name;
  }
}
