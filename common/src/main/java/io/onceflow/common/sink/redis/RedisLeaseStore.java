package io.onceflow.common.sink.redis;

import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.lock.LeaseStore;
import io.onceflow.common.lock.Leases;
import java.util.Objects;

/**
 * Leases in one Redis server, under a prefix. They run out by the server's clock.
 *
 * <p>Tokens come from one counter for all keys of the prefix. They rise as long as the server keeps
 * what it has acknowledged; FLUSHALL, a file that lost its end, or a replica that took over bring
 * old ones again. That is why the store that is written to compares them, and why a request may
 * name a floor. Nothing of a key stays when its lease has ended.
 */
public final class RedisLeaseStore implements LeaseStore {

  private static final long serialVersionUID = 1L;

  private final RedisConfig config;

  private RedisLeaseStore(RedisConfig config) {
    this.config = Objects.requireNonNull(config, "config");
  }

  /** The leases of a server and a prefix; it may be another server than the one they protect. */
  public static RedisLeaseStore at(RedisConfig config) {
    return new RedisLeaseStore(config);
  }

  @Override
  public String description() {
    var server = config.server();
    return "leases in Redis at %s:%d/%s"
        .formatted(server.host(), server.port(), config.keyPrefix());
  }

  @Override
  public Leases connect() {
    return new RedisLeases(config);
  }
}
