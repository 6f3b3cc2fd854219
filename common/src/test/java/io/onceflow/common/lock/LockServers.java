package io.onceflow.common.lock;

import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.OnceflowDatabase;
import io.onceflow.common.sink.postgres.PostgresLeaseStore;
import io.onceflow.common.sink.redis.RedisLeaseStore;
import io.onceflow.testbed.servers.RedisServer;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Stores of leases and protected stores on real servers, each with keys that nobody else has. */
final class LockServers {

  private LockServers() {}

  /**
   * A store of leases, and a look past the product. Its clock jumps only in what that does to a
   * lease: tried with libfaketime, a server whose clock goes an hour ahead drops the key, and one
   * whose clock goes back keeps it an hour longer.
   */
  interface LeaseServer {
    LeaseStore store();

    /** A way there that can be disturbed. */
    TcpProxy proxy();

    /** The same leases that way; answers are waited for for a second. */
    LeaseStore through(TcpProxy proxy);

    /** The next change is made, and its answer is lost. */
    void loseAnswer(TcpProxy proxy);

    /** What happens to a lease when the server's clock jumps ahead of its end. */
    void clockJumpsAhead(String key);

    /** What happens to it when the clock jumps back by an hour. */
    void clockJumpsBack(String key);
  }

  /** A protected store, and what was written there. */
  interface Target {
    ProtectedStore store();

    List<String> written();
  }

  /** A database with the tables and rights of the product. */
  static OnceflowDatabase database() {
    var database = OnceflowDatabase.create(ProtectedStore.InPostgres.DDL);
    try {
      var ddl = Files.readString(Path.of("../flink-conf/sql/locks.sql"));
      database.sql(ddl);
      database.sql(ddl);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    database.grant("locks-roles.sql");
    return database;
  }

  static RedisConfig redis(RedisServer server) {
    return RedisConfig.loopback(
        server.port(),
        Secret.fromFile(server.passwordFile().toString()),
        TestServers.newRedisPrefix());
  }

  record PostgresLeaseServer(OnceflowDatabase database) implements LeaseServer {
    @Override
    public LeaseStore store() {
      return PostgresLeaseStore.at(database.config());
    }

    @Override
    public TcpProxy proxy() {
      return TcpProxy.to(database.database().server());
    }

    @Override
    public LeaseStore through(TcpProxy proxy) {
      return PostgresLeaseStore.at(database.configThrough(proxy.port()));
    }

    @Override
    public void loseAnswer(TcpProxy proxy) {
      proxy.loseReplyTo("COMMIT");
    }

    private void move(String key, String by) {
      database.sql(
          "UPDATE onceflow.lease SET expires_at = expires_at %s WHERE key = '%s'"
              .formatted(by, key.replace("'", "''")));
    }

    @Override
    public void clockJumpsAhead(String key) {
      move(key, "- interval '1 hour'");
    }

    @Override
    public void clockJumpsBack(String key) {
      move(key, "+ interval '1 hour'");
    }
  }

  record RedisLeaseServer(RedisServer server, RedisConfig config) implements LeaseServer {
    @Override
    public LeaseStore store() {
      return RedisLeaseStore.at(config);
    }

    @Override
    public TcpProxy proxy() {
      return TcpProxy.to(server.host(), server.port());
    }

    @Override
    public LeaseStore through(TcpProxy proxy) {
      var direct = config.server();
      var disturbed =
          new RedisConfig.Server(
              proxy.host(),
              proxy.port(),
              direct.user(),
              direct.password(),
              direct.sslMode(),
              null,
              direct.connectTimeout(),
              Duration.ofSeconds(1));
      return RedisLeaseStore.at(
          new RedisConfig(disturbed, config.keyPrefix(), config.chunkRows(), config.chunkBytes()));
    }

    @Override
    public void loseAnswer(TcpProxy proxy) {
      proxy.swallow(TcpProxy.Direction.SERVER_TO_CLIENT);
    }

    private String lease(String key) {
      return config.keyPrefix() + "onceflow:lease:" + key;
    }

    @Override
    public void clockJumpsAhead(String key) {
      server.command("PEXPIREAT", lease(key), "1");
    }

    @Override
    public void clockJumpsBack(String key) {
      server.command("PEXPIRE", lease(key), "3600000");
    }
  }

  record PostgresTarget(OnceflowDatabase database) implements Target {
    @Override
    public ProtectedStore store() {
      return new ProtectedStore.InPostgres(database.config());
    }

    @Override
    public List<String> written() {
      return database.column("SELECT value FROM public.written");
    }
  }

  record RedisTarget(RedisServer server, RedisConfig config) implements Target {
    @Override
    public ProtectedStore store() {
      return new ProtectedStore.InRedis(config);
    }

    @Override
    public List<String> written() {
      try (var client = server.connect()) {
        return client.list("LRANGE", config.keyPrefix() + "written", "0", "-1");
      }
    }
  }

  /** Both kinds of leases. */
  static List<LeaseServer> leaseServers() {
    var redis = TestServers.redis();
    return List.of(new PostgresLeaseServer(database()), new RedisLeaseServer(redis, redis(redis)));
  }

  /** Both kinds of protected stores. */
  static List<Target> targets() {
    var redis = TestServers.redis();
    return List.of(new PostgresTarget(database()), new RedisTarget(redis, redis(redis)));
  }
}
