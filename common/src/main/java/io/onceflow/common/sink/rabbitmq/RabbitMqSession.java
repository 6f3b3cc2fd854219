package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkHistory;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One committer's connections: claims the sink, applies epochs.
 *
 * <p>An epoch takes three steps: it is noted in the sink's log as begun, its messages are
 * published, its marker is written to the log. Both entries are written only if no other session
 * has written since this one has read, so a session that was replaced begins nothing; and what was
 * begun by anybody is finished by whoever owns the sink now, with the same ids.
 */
final class RabbitMqSession implements StagedSession {

  /** Markers of epochs that are older than the newest by more checkpoint ids than this go. */
  static final long MARKERS_KEPT = 100;

  /** Each lost race is somebody else's progress. */
  private static final int MAX_RACES = 20;

  private final String runId;
  private final StreamLink link;
  private final SinkLog log;
  private final Publisher publisher;

  RabbitMqSession(String runId, StreamLink link, SinkLog log, Publisher publisher) {
    this.runId = runId;
    this.link = link;
    this.log = log;
    this.publisher = publisher;
  }

  @Override
  public void preflight() throws StoreException {
    guarded(
        "Checking the server",
        () -> {
          var wrong = new ArrayList<String>();
          publisher.check(wrong);
          if (!wrong.isEmpty()) {
            throw RabbitMqErrors.system(said(wrong));
          }
          return true;
        });
  }

  private static String said(List<String> wrong) {
    return "The server is not ready for this sink, %d problem%s:\n  - %s"
        .formatted(wrong.size(), wrong.size() == 1 ? "" : "s", String.join("\n  - ", wrong));
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return untilNobodyCameFirst("Claiming the sink", () -> claim(request));
  }

  private OpenResult claim(OpenRequest request) throws StoreException, IOException {
    log.create();
    var last = log.last();
    var history = new SinkHistory(last.values(), MARKERS_KEPT);
    var result = history.claim(request);
    return write(last, history.values()) ? result : null;
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    var doing = "Committing the epoch of checkpoint " + epoch.checkpointId();
    return untilNobodyCameFirst(doing, () -> attempt(epoch, segments));
  }

  private ApplyResult attempt(Epoch epoch, SegmentReader segments)
      throws StoreException, IOException {
    var last = log.last();
    var history = new SinkHistory(last.values(), MARKERS_KEPT);
    if (history.isCommitted(epoch)) {
      return new ApplyResult(true, 0);
    }
    verify(epoch, history, segments);
    var values = begin(epoch, last, history);
    if (!write(last, values)) {
      return null;
    }
    return publish(epoch, segments);
  }

  /** What is damaged must be found before the first message. */
  private static void verify(Epoch epoch, SinkHistory history, SegmentReader segments)
      throws StoreException {
    try {
      new EpochOutputs(epoch, segments).verify();
    } catch (IOException e) {
      var said =
          history.noteOf(epoch) == null ? "Nothing was committed." : "Its marker is not written.";
      throw unreadable(epoch, e, said);
    }
  }

  private static StoreException unreadable(Epoch epoch, IOException error, String said) {
    return new StoreException(
        ErrorClass.SYSTEM,
        "The segments of the epoch of checkpoint %d cannot be read: %s %s"
            .formatted(epoch.checkpointId(), error.getMessage(), said),
        error);
  }

  /** The record with the epoch in it as begun, and its numbers reserved. */
  private Map<String, String> begin(Epoch epoch, SinkLog.Entry last, SinkHistory history)
      throws StoreException, IOException {
    var values = new TreeMap<>(last.values());
    if (history.noteOf(epoch) != null) {
      // Asks whether the run may still commit it.
      history.begin(epoch, runId, history.noteOf(epoch));
      return values;
    }
    var note = publisher.reserve(epoch, values);
    var begun = new SinkHistory(values, MARKERS_KEPT);
    begun.begin(epoch, runId, note);
    return begun.values();
  }

  private ApplyResult publish(Epoch epoch, SegmentReader segments)
      throws StoreException, IOException {
    var begun = log.last();
    var history = new SinkHistory(begun.values(), MARKERS_KEPT);
    var note = history.noteOf(epoch);
    if (note == null) {
      return null;
    }
    var rejected = publishAll(epoch, note, begun, segments);
    var values = new TreeMap<>(begun.values());
    publisher.confirm(epoch, note, values);
    var committed = new SinkHistory(values, MARKERS_KEPT);
    committed.commit(epoch, runId, rejected);
    return write(begun, committed.values()) ? new ApplyResult(false, rejected) : null;
  }

  private long publishAll(Epoch epoch, String note, SinkLog.Entry begun, SegmentReader segments)
      throws StoreException {
    try {
      return publisher.publish(epoch, note, begun.values(), segments);
    } catch (IOException e) {
      throw unreadable(epoch, e, "Its marker is not written.");
    }
  }

  /** Writes the record unless it is what stands there. */
  private boolean write(SinkLog.Entry last, Map<String, String> values)
      throws StoreException, IOException {
    return values.equals(last.values()) || log.append(last, values);
  }

  /** An attempt; its result, or null when another session has written meanwhile. */
  private interface Attempt<R> {
    R run() throws StoreException, IOException;
  }

  private <R> R untilNobodyCameFirst(String doing, Attempt<R> attempt) throws StoreException {
    return guarded(
        doing,
        () -> {
          for (var race = 0; race < MAX_RACES; race++) {
            var result = attempt.run();
            if (result != null) {
              return result;
            }
          }
          throw new StoreException(
              ErrorClass.TRANSIENT,
              doing + ": other sessions of this sink write at the same time.",
              null);
        });
  }

  /** After any error the next call connects and reads anew. */
  private <R> R guarded(String doing, Attempt<R> attempt) throws StoreException {
    var done = false;
    try {
      var result = attempt.run();
      done = true;
      return result;
    } catch (RuntimeException | IOException e) {
      // A client whose connections were closed by abort() complains in several ways.
      throw RabbitMqErrors.exception(doing, e);
    } finally {
      if (!done) {
        log.forget();
        publisher.drop();
        link.drop();
      }
    }
  }

  @Override
  public void abort() {
    link.abort();
    publisher.abort();
  }

  @Override
  public void close() {
    publisher.close();
    link.close();
  }
}
