package io.onceflow.testbed.run;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.RoleScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** PostgreSQL and Kafka of a run, with schema and topics; closing stops them and keeps the data. */
final class RunServers implements AutoCloseable {

  private static final String[] SCHEMAS = {"onceflow.sql", "ledger.sql"};

  /** The job and the tool are a role of their own; who looks at the run is the owner. */
  private static final String[] ROLES = {"roles.sql", "ledger-roles.sql"};

  private final PostgresServer postgres;
  private final KafkaBroker kafka;
  private int partitions;

  private RunServers(PostgresServer postgres, KafkaBroker kafka) {
    this.postgres = postgres;
    this.kafka = kafka;
  }

  static RunServers start(RunFiles files, Path sqlDirectory, int partitions) throws IOException {
    PostgresServer postgres = PostgresServer.builder().directory(files.postgres()).start();
    RunServers servers = null;
    try {
      servers = new RunServers(postgres, KafkaBroker.builder().directory(files.kafka()).start());
      servers.createSchema(sqlDirectory);
      servers.createTopics(partitions);
      return servers;
    } catch (IOException | RuntimeException e) {
      if (servers == null) {
        postgres.close();
      } else {
        servers.close();
      }
      throw e;
    }
  }

  PostgresServer postgres() {
    return postgres;
  }

  KafkaBroker kafka() {
    return kafka;
  }

  String bootstrapServers() {
    return kafka.bootstrapServers();
  }

  /** Partitions of the input topic: those it had before, if there was an earlier run. */
  int partitions() {
    return partitions;
  }

  private void createSchema(Path sqlDirectory) throws IOException {
    for (String schema : SCHEMAS) {
      postgres.sql(Files.readString(sqlDirectory.resolve(schema)));
    }
    for (String roles : ROLES) {
      postgres.sql(
          RoleScript.fill(
              sqlDirectory.resolve(roles),
              postgres.database(),
              postgres.jobUser(),
              postgres.user()));
    }
  }

  private void createTopics(int wanted) {
    try (KafkaClient client = KafkaClient.to(kafka)) {
      Set<String> there = client.topics();
      if (!there.contains(Topics.COMMANDS)) {
        // The broker's clock is the ledger's log time.
        client.createTopic(
            Topics.COMMANDS, wanted, Map.of("message.timestamp.type", "LogAppendTime"));
      }
      if (!there.contains(Topics.RESULTS)) {
        client.createTopic(Topics.RESULTS, wanted);
      }
      if (!there.contains(Topics.DEAD_LETTERS)) {
        client.createTopic(Topics.DEAD_LETTERS, 1);
      }
      if (!there.contains(Topics.MARKERS)) {
        client.createMarkerTopic(Topics.MARKERS, 4);
      }
      partitions = client.describe(Topics.COMMANDS).partitions().size();
    }
  }

  @Override
  public void close() {
    try {
      kafka.close();
    } finally {
      postgres.close();
    }
  }
}
