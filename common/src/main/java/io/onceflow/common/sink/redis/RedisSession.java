package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import java.io.IOException;
import java.util.List;

/**
 * One committer's connection: claims the sink, applies epochs. What it decides it decides by a
 * record that it has read; the script that writes does nothing when the record is another one by
 * then, and the session reads again.
 */
final class RedisSession implements StagedSession {

  /** Each lost race is somebody else's progress. */
  private static final int MAX_RACES = 20;

  private final RedisConfig config;
  private final OnReject onReject;
  private final RedisLink link;
  private final RecordKeeper keeper;
  private final EpochApplication application;

  RedisSession(RedisConfig config, SinkId sinkId, String runId, OnReject onReject) {
    this.config = config;
    this.onReject = onReject;
    this.link = new RedisLink(config.server());
    this.keeper = new RecordKeeper(link, Names.record(config.keyPrefix(), sinkId));
    this.application = new EpochApplication(config, keeper, runId, onReject);
  }

  @Override
  public void preflight() throws StoreException {
    guarded(
        "Checking the server",
        () -> {
          new RedisPreflight(link, config, keeper.key(), onReject).check();
          return true;
        });
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    keeper.forget();
    return untilNobodyCameFirst("Claiming the sink", () -> claim(request));
  }

  private OpenResult claim(OpenRequest request) throws StoreException, IOException {
    var claim = keeper.current().claim(request);
    if (claim.step() == null) {
      return claim.result();
    }
    var answer = keeper.write("Claiming the sink", claim.step(), List.of());
    return answer instanceof ApplyScript.Done ? claim.result() : null;
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    var doing = "Committing the epoch of checkpoint " + epoch.checkpointId();
    return untilNobodyCameFirst(doing, () -> application.apply(epoch, segments));
  }

  /** An attempt; its result, or null when the record was written by somebody else meanwhile. */
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
            keeper.forget();
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
    } catch (IOException e) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "%s: the record %s cannot be read: %s Nothing was written."
              .formatted(doing, keeper.key(), e.getMessage()),
          e);
    } finally {
      if (!done) {
        keeper.forget();
        link.drop();
      }
    }
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
