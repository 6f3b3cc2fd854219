package io.onceflow.common.lock;

import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.sink.postgres.PostgresFence;
import io.onceflow.common.sink.redis.FencedScripts;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.UUID;

/** What leases protect: a list that is appended to, with the fence or without it. */
interface ProtectedStore extends Serializable {

  /** Appends as the product does it: the token is compared in the transaction that writes. */
  void fenced(Lease lease, String value) throws Exception;

  /** Appends as if there were no tokens. */
  void bare(String value) throws Exception;

  default void append(Lease lease, String value, boolean isFenced) throws Exception {
    if (isFenced) {
      fenced(lease, value);
    } else {
      bare(value);
    }
  }

  /** In PostgreSQL, in a table {@code written}. */
  record InPostgres(PostgresConfig config) implements ProtectedStore {

    static final String DDL = "CREATE TABLE written (value text)";

    Connection connect() throws Exception {
      var properties = new Properties();
      properties.setProperty("user", config.user());
      properties.setProperty("password", config.password().reveal());
      var url = "jdbc:postgresql://127.0.0.1:%d/%s".formatted(config.port(), config.database());
      var connection = DriverManager.getConnection(url, properties);
      connection.setAutoCommit(false);
      return connection;
    }

    static void insert(Connection connection, String value) throws Exception {
      try (var statement = connection.prepareStatement("INSERT INTO public.written VALUES (?)")) {
        statement.setString(1, value);
        statement.execute();
      }
    }

    @Override
    public void fenced(Lease lease, String value) throws Exception {
      try (var connection = connect()) {
        PostgresFence.raise(connection, lease);
        insert(connection, value);
        connection.commit();
      }
    }

    @Override
    public void bare(String value) throws Exception {
      try (var connection = connect()) {
        insert(connection, value);
        connection.commit();
      }
    }
  }

  /** In Redis, in a list {@code written}. */
  record InRedis(RedisConfig config) implements ProtectedStore {

    private static final String APPEND = "return redis.call('RPUSH', KEYS[1], ARGV[1])";

    @Override
    public void fenced(Lease lease, String value) throws Exception {
      try (var scripts = FencedScripts.at(config)) {
        scripts.run(lease, APPEND, List.of(config.keyPrefix() + "written"), List.of(value));
      }
    }

    /** The same script under a key of its own, whose fence is nobody's concern. */
    @Override
    public void bare(String value) throws Exception {
      var alone = LeaseRequest.of("bare/" + UUID.randomUUID(), "bare", Duration.ofSeconds(1));
      fenced(Lease.of(alone, 1, System.nanoTime()), value);
    }
  }
}
