package io.onceflow.testbed.chaos.job;

import io.onceflow.common.config.DatabaseConfig;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.SslMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.flink.util.ParameterTool;

/**
 * What the job is told by its arguments, {@code --name value} each.
 *
 * @param subject {@code store-strategy}, such as {@code postgres-staged} or {@code kafka-peer}
 * @param input the brokers of the input and the dead letters
 * @param topic the input
 * @param deadLetters the topic for poison
 * @param deadLetterMarkers the marker topic of that sink
 * @param sinkId the name of the sink; that of the dead letters' sink is derived from it
 * @param bug a defect to plant in the sink, or NONE
 * @param arguments where the store is
 */
public record ChaosSettings(
    String subject,
    String input,
    String topic,
    String deadLetters,
    String deadLetterMarkers,
    String sinkId,
    Bug bug,
    ParameterTool arguments) {

  /** A lost answer is noticed after this time, by ours and by the peers alike. */
  static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(10);

  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /**
   * Reads the arguments.
   *
   * @throws RuntimeException naming the one that is missing
   */
  public static ChaosSettings parse(String... args) {
    var arguments = ParameterTool.fromArgs(args);
    return new ChaosSettings(
        arguments.getRequired("subject"),
        arguments.getRequired("input"),
        arguments.getRequired("topic"),
        arguments.getRequired("dead-letters"),
        arguments.getRequired("dead-letter-markers"),
        arguments.getRequired("sink-id"),
        Bug.valueOf(arguments.get("bug", "none").toUpperCase(Locale.ROOT).replace('-', '_')),
        arguments);
  }

  /** The first word of the subject. */
  public String store() {
    return subject.substring(0, subject.indexOf('-'));
  }

  /** The rest of the subject. */
  public String strategy() {
    return subject.substring(subject.indexOf('-') + 1);
  }

  /** Whether the sink is somebody else's. */
  public boolean isPeer() {
    return strategy().equals("peer");
  }

  KafkaConfig inputCluster() {
    return KafkaConfig.plaintext(input);
  }

  /** The database, also for the decision register, which lies beside the tables. */
  PostgresConfig postgres() {
    return new PostgresConfig(
        "127.0.0.1",
        port(),
        database(),
        user(),
        Secret.fromFile(passwordFile()),
        SslMode.DISABLE,
        null,
        CONNECT_TIMEOUT,
        SOCKET_TIMEOUT);
  }

  MariaDbConfig mariaDb() {
    var server =
        new DatabaseConfig(
            "127.0.0.1",
            port(),
            database(),
            user(),
            Secret.fromFile(passwordFile()),
            SslMode.DISABLE,
            null,
            CONNECT_TIMEOUT,
            SOCKET_TIMEOUT);
    return new MariaDbConfig(server, arguments.getRequired("onceflow-database"));
  }

  KafkaConfig outputCluster() {
    return KafkaConfig.plaintext(arguments.getRequired("output"));
  }

  String legsTopic() {
    return arguments.getRequired("legs");
  }

  String markerTopic() {
    return arguments.getRequired("markers");
  }

  int port() {
    return arguments.getInt("port");
  }

  String database() {
    return arguments.getRequired("database");
  }

  String user() {
    return arguments.getRequired("user");
  }

  String passwordFile() {
    return arguments.getRequired("password-file");
  }

  /** All subjects there are. */
  public static List<String> subjects() {
    return List.of(
        "postgres-staged",
        "postgres-prepared",
        "postgres-three-phase",
        "mariadb-staged",
        "mariadb-prepared",
        "kafka-staged",
        "postgres-peer",
        "mariadb-peer",
        "kafka-peer");
  }
}
