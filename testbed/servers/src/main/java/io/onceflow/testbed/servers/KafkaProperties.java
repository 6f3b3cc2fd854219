package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What server.properties says for a single node.
 *
 * @param ports where it listens
 * @param data the directory of its logs
 * @param chosen properties that beat the defaults
 */
record KafkaProperties(Ports ports, Path data, Map<String, String> chosen) {
  static final String HOST = "127.0.0.1";

  private static final String LOG4J =
      """
      status = WARN
      rootLogger.level = WARN
      rootLogger.appenderRef.out.ref = out
      appender.out.type = Console
      appender.out.name = out
      appender.out.layout.type = PatternLayout
      appender.out.layout.pattern = %d{ISO8601} %-5p %c{1} [%t] %m%n
      logger.transactions.name = org.apache.kafka.coordinator.transaction
      logger.transactions.level = INFO
      logger.coordinator.name = kafka.coordinator.transaction
      logger.coordinator.level = INFO
      logger.server.name = kafka.server.KafkaRaftServer
      logger.server.level = INFO
      """;

  /**
   * The loopback ports of one broker.
   *
   * @param client where clients are accepted
   * @param advertised where clients are told to go
   * @param internal the broker's way to itself, which no proxy may break
   * @param controller the KRaft controller's
   */
  record Ports(int client, int advertised, int internal, int controller) {}

  void write(Path file) throws IOException {
    Map<String, String> all = new TreeMap<>(network());
    all.putAll(behaviour());
    all.putAll(chosen);
    Files.writeString(
        file,
        all.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
            .collect(Collectors.joining()));
  }

  static void writeLog4j(Path file) throws IOException {
    Files.writeString(file, LOG4J);
  }

  private Map<String, String> network() {
    return Map.of(
        "process.roles", "broker,controller",
        "node.id", "1",
        "listeners",
            "CLIENT://%s,INTERNAL://%s,CONTROLLER://%s"
                .formatted(at(ports.client), at(ports.internal), at(ports.controller)),
        "advertised.listeners",
            "CLIENT://%s,INTERNAL://%s".formatted(at(ports.advertised), at(ports.internal)),
        "listener.security.protocol.map",
            "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name", "INTERNAL",
        "controller.listener.names", "CONTROLLER",
        "controller.quorum.voters", "1@" + at(ports.controller),
        "log.dirs", data.toString());
  }

  private static Map<String, String> behaviour() {
    return Map.ofEntries(
        Map.entry("auto.create.topics.enable", "false"),
        Map.entry("offsets.topic.replication.factor", "1"),
        Map.entry("offsets.topic.num.partitions", "4"),
        Map.entry("transaction.state.log.replication.factor", "1"),
        Map.entry("transaction.state.log.min.isr", "1"),
        Map.entry("transaction.state.log.num.partitions", "8"),
        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
        Map.entry("share.coordinator.state.topic.min.isr", "1"),
        Map.entry("transaction.max.timeout.ms", "900000"),
        // How often timed-out transactions are looked for; the broker's own 10 s slows tests.
        Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
        // A killed broker cannot come back before its session has ended (9 s if left alone).
        Map.entry("broker.session.timeout.ms", "3000"),
        Map.entry("broker.heartbeat.interval.ms", "500"),
        Map.entry("group.initial.rebalance.delay.ms", "0"),
        // Records carry event times of any age; retention by time would delete them.
        Map.entry("log.retention.ms", "-1"),
        // The cleaner only compacts internal topics here; its own 128 MB do not fit the heap.
        Map.entry("log.cleaner.dedupe.buffer.size", "16777216"));
  }

  /** Clients come by SASL_SSL alone; the broker itself stays on its own plaintext listener. */
  static Map<String, String> secureClients(Path keyAndCertificate) {
    return Map.of(
        "listener.security.protocol.map",
        "CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listener.name.client.sasl.enabled.mechanisms",
        "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "listener.name.client.ssl.keystore.type",
        "PEM",
        "listener.name.client.ssl.keystore.location",
        keyAndCertificate.toString());
  }

  private static String at(int port) {
    return HOST + ":" + port;
  }
}
