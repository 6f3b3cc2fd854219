package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies epochs: chunk after chunk, each by one script, the last one with the marker. An epoch
 * that was begun by anybody is continued behind the last row that the record counts.
 */
final class EpochApplication {

  private final RedisConfig config;
  private final RecordKeeper keeper;
  private final String runId;
  private final OnReject onReject;
  private final DeadLetters deadLetters;

  /** Of the epoch under way, up to the chunk that was written last. */
  private long rejected;

  EpochApplication(RedisConfig config, RecordKeeper keeper, String runId, OnReject onReject) {
    this.config = config;
    this.keeper = keeper;
    this.runId = runId;
    this.onReject = onReject;
    this.deadLetters = new DeadLetters(config.keyPrefix());
  }

  /** The result, or null when somebody else has written the record meanwhile. */
  ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException, IOException {
    var record = keeper.current();
    if (record.isCommitted(epoch)) {
      return new ApplyResult(true, 0);
    }
    record.requireMayCommit(epoch, runId);
    try {
      return applyRest(epoch, segments);
    } catch (IOException e) {
      throw new StoreException(ErrorClass.SYSTEM, unreadable(epoch, e), e);
    }
  }

  private ApplyResult applyRest(Epoch epoch, SegmentReader segments)
      throws StoreException, IOException {
    if (!EpochChunks.isOne(config, epoch)) {
      // What is damaged must be found before the first of several scripts.
      EpochChunks.verify(epoch, segments);
    }
    try (var chunks = new EpochChunks(config, epoch, segments)) {
      chunks.skip(keeper.current().progressOf(epoch).rows());
      return applyChunks(epoch, chunks);
    }
  }

  private ApplyResult applyChunks(Epoch epoch, EpochChunks chunks)
      throws StoreException, IOException {
    do {
      var rows = chunks.next();
      if (chunks.hasNext()) {
        CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
      } else {
        CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
      }
      if (!applyChunk(epoch, rows, chunks.hasNext())) {
        return null;
      }
    } while (chunks.hasNext());
    return new ApplyResult(false, rejected);
  }

  /** Repeats the chunk, with dead letters in place of rows, until the server refuses none. */
  private boolean applyChunk(Epoch epoch, List<RedisOperation> rows, boolean isMore)
      throws StoreException, IOException {
    var operations = new ArrayList<>(rows);
    while (true) {
      var step = step(epoch, operations, isMore);
      var doing = "Committing the epoch of checkpoint " + epoch.checkpointId();
      var answer = keeper.write(doing, step, operations);
      if (answer instanceof ApplyScript.Refused refused) {
        reject(epoch, refused.refusals(), operations);
      } else if (answer instanceof ApplyScript.Failed failed) {
        throw failure(epoch, failed);
      } else {
        return answer instanceof ApplyScript.Done;
      }
    }
  }

  private SinkRecord.Step step(Epoch epoch, List<RedisOperation> operations, boolean isMore)
      throws StoreException, IOException {
    var record = keeper.current();
    var before = record.progressOf(epoch);
    var letters = operations.stream().filter(EpochApplication::isLetter).count();
    rejected = before.rejected() + letters;
    return isMore
        ? record.advance(before, before.plus(operations.size(), letters))
        : record.commit(epoch, runId, before, rejected);
  }

  private static boolean isLetter(RedisOperation operation) {
    return operation.command() == RedisOperation.Command.LETTER;
  }

  private void reject(Epoch epoch, List<Refusal> refusals, List<RedisOperation> operations)
      throws StoreException {
    for (var refusal : refusals) {
      var operation = operations.get(refusal.index());
      if (isLetter(operation)) {
        throw RedisErrors.system(
            "The key %s for dead letters holds something else than a stream: move it away."
                .formatted(Names.deadLetters(config.keyPrefix())));
      }
      if (onReject == OnReject.FAIL) {
        throw new StoreException(ErrorClass.ROW, failure(refusal), null);
      }
      operations.set(refusal.index(), deadLetters.of(refusal, operation, epoch.sinkId()));
    }
  }

  private String failure(Refusal refusal) {
    return "A row for %s was rejected (%s): %s The epoch's marker was not written. Correct the mapping, the input or the key, or set on-reject: dead-letter."
        .formatted(Names.rows(config.keyPrefix()), refusal.code(), refusal.reason());
  }

  private String unreadable(Epoch epoch, IOException error) throws StoreException, IOException {
    var applied = keeper.current().progressOf(epoch).rows();
    return "The segments of the epoch of checkpoint %d cannot be read: %s %s"
        .formatted(
            epoch.checkpointId(),
            error.getMessage(),
            applied == 0
                ? "Nothing was committed."
                : "Its first %d rows are applied, its marker is not written.".formatted(applied));
  }

  /** Rows before it are applied and counted, so the next attempt begins with this one. */
  private StoreException failure(Epoch epoch, ApplyScript.Failed failed) {
    return new StoreException(
        ErrorClass.SYSTEM,
        "Committing the epoch of checkpoint %d: the server stopped at a row: %s.%s The rows before it are applied and will not be applied again."
            .formatted(epoch.checkpointId(), failed.error(), RedisErrors.cure(failed.error())),
        null);
  }
}
