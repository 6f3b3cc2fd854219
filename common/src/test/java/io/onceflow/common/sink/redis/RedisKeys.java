package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.RedisServer;
import io.onceflow.testbed.servers.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Keys that no other test has, in a server, and epochs of operations on them.
 *
 * @param server the server
 * @param prefix of all keys
 * @param config how a store reaches them
 */
record RedisKeys(RedisServer server, String prefix, RedisConfig config) {

  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  static RedisKeys on(RedisServer server) {
    var prefix = TestServers.newRedisPrefix();
    var password = Secret.fromFile(server.passwordFile().toString());
    return new RedisKeys(server, prefix, RedisConfig.loopback(server.port(), password, prefix));
  }

  /** The same keys, reached by another store. */
  RedisKeys with(RedisConfig other) {
    return new RedisKeys(server, prefix, other);
  }

  /** The same keys with chunks of so many rows. */
  RedisKeys inChunksOf(int rows) {
    return with(config.withChunks(rows, config.chunkBytes()));
  }

  RedisStore<RedisOperation> store() {
    return RedisStore.of(config, operation -> operation);
  }

  Epochs<RedisOperation> epochs() {
    return new Epochs<>(store());
  }

  /** A session of a run that has claimed nothing. */
  StagedSession session(String runId) {
    return store().createSession(Epochs.SINK, runId, OnReject.DEAD_LETTER);
  }

  /** Whoever starts without a checkpoint. */
  static OpenRequest fresh(String runId, OnRewind onRewind) {
    return new OpenRequest(Epochs.SINK, runId, null, OptionalLong.empty(), onRewind);
  }

  String key(String name) {
    return prefix + name;
  }

  Object get(String name) {
    return server.command("GET", key(name));
  }

  /** So many operations that each add one to a counter. */
  List<RedisOperation> increments(String name, int count) {
    var operations = new ArrayList<RedisOperation>();
    for (var i = 0; i < count; i++) {
      operations.add(RedisOperation.incrBy(key(name), 1));
    }
    return operations;
  }

  /** Repeats a commit as the committer does. */
  static ApplyResult settle(StagedSession session, Epoch epoch) throws StoreException {
    var deadline = System.nanoTime() + SETTLE_NANOS;
    while (true) {
      try {
        return session.apply(epoch, Epochs.segments());
      } catch (StoreException e) {
        if (!e.retryable() || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
    }
  }
}
