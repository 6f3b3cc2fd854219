package io.onceflow.testbed.run;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;

/** The servers of a run, with schema and topics; closing stops them and keeps the data. */
final class RunServers implements AutoCloseable {

  private final PostgresServer postgres;
  private final KafkaBroker kafka;
  private int partitions;

  private RunServers(PostgresServer postgres, KafkaBroker kafka) {
    this.postgres = postgres;
    this.kafka = kafka;
  }

  /** Starts what the job needs and makes its schema and topics. */
  static RunServers start(RunFiles files, RunnableJob job, int partitions) throws IOException {
    PostgresServer postgres =
        job.usesPostgres() ? PostgresServer.builder().directory(files.postgres()).start() : null;
    RunServers servers = null;
    try {
      servers = new RunServers(postgres, KafkaBroker.builder().directory(files.kafka()).start());
      job.prepare(servers, partitions);
      servers.lookAtTopics(job.inputTopic());
      return servers;
    } catch (IOException | RuntimeException e) {
      if (servers != null) {
        servers.close();
      } else if (postgres != null) {
        postgres.close();
      }
      throw e;
    }
  }

  /** Null for a job that does not use it. */
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

  private void lookAtTopics(String input) {
    try (KafkaClient client = KafkaClient.to(kafka)) {
      if (!client.topics().contains(Topics.MARKERS)) {
        client.createMarkerTopic(Topics.MARKERS, 4);
      }
      partitions = client.describe(input).partitions().size();
    }
  }

  @Override
  public void close() {
    try {
      kafka.close();
    } finally {
      if (postgres != null) {
        postgres.close();
      }
    }
  }
}
