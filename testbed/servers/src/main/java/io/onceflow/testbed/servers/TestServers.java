package io.onceflow.testbed.servers;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL, one MariaDB, one Redis and one RabbitMQ server and one Kafka broker for all tests
 * of a JVM, each started when first asked for and closed by a shutdown hook.
 *
 * <p>Tests share the servers and not the data: each takes databases and topics of its own. A test
 * that kills, pauses or configures a server starts one for itself. Thread-safe.
 */
public final class TestServers {
  private static final AtomicInteger SERIAL = new AtomicInteger();

  private TestServers() {}

  /** Loads, and so starts, the server on first use; the JVM makes that happen once. */
  private static final class Postgres {
    private static final PostgresServer SERVER = PostgresServer.start();

    static {
      closeAtExit(SERVER::close, "postgres");
    }
  }

  private static final class MariaDb {
    private static final MariaDbServer SERVER = MariaDbServer.start();

    static {
      closeAtExit(SERVER::close, "mariadb");
    }
  }

  private static final class Kafka {
    private static final KafkaBroker BROKER = KafkaBroker.start();

    static {
      closeAtExit(BROKER::close, "kafka");
    }
  }

  private static final class Redis {
    private static final RedisServer SERVER = RedisServer.start();

    static {
      closeAtExit(SERVER::close, "redis");
    }
  }

  private static final class RabbitMq {
    private static final RabbitMqServer SERVER = RabbitMqServer.start();

    static {
      closeAtExit(SERVER::close, "rabbitmq");
    }
  }

  public static PostgresServer postgres() {
    return Postgres.SERVER;
  }

  public static MariaDbServer mariaDb() {
    return MariaDb.SERVER;
  }

  public static KafkaBroker kafka() {
    return Kafka.BROKER;
  }

  public static RedisServer redis() {
    return Redis.SERVER;
  }

  public static RabbitMqServer rabbitMq() {
    return RabbitMq.SERVER;
  }

  /** Returns a name for a queue, a stream or an exchange that nobody else has. */
  public static String newRabbitMqName(String prefix) {
    return prefix + "-" + suffix();
  }

  /** Returns a prefix for keys, with a hash tag, that nobody else has. */
  public static String newRedisPrefix() {
    return "{test-" + suffix() + "}:";
  }

  /** Makes an empty database of a name nobody else has. */
  public static PostgresDatabase newDatabase() {
    String name = "test_" + suffix().replace('-', '_');
    postgres().createDatabase(name);
    return new PostgresDatabase(postgres(), name);
  }

  /** Makes an empty MariaDB database of a name nobody else has. */
  public static MariaDbDatabase newMariaDbDatabase() {
    String name = "test_" + suffix().replace('-', '_');
    mariaDb().createDatabase(name);
    return new MariaDbDatabase(mariaDb(), name);
  }

  /** Makes an empty topic and returns its name: the prefix and something nobody else has. */
  public static String newTopic(String prefix, int partitions) {
    return newTopic(prefix, partitions, Map.of());
  }

  /** Makes an empty topic of its own settings and returns its name. */
  public static String newTopic(String prefix, int partitions, Map<String, String> config) {
    String name = prefix + "-" + suffix();
    try (KafkaClient client = KafkaClient.to(kafka())) {
      client.createTopic(name, partitions, config);
    }
    return name;
  }

  private static String suffix() {
    return SERIAL.incrementAndGet() + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static void closeAtExit(Runnable close, String server) {
    Runtime.getRuntime().addShutdownHook(new Thread(close, "close-" + server));
  }
}
