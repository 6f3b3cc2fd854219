package io.onceflow.testbed.run;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.RabbitMqServer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** The servers of a run, with schema and topics; closing stops them and keeps the data. */
final class RunServers implements AutoCloseable {

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private PostgresServer postgres;
  private RabbitMqServer rabbitMq;
  private KafkaBroker kafka;
  private int partitions;

  private RunServers() {}

  /** Starts what the job needs and makes its schema and topics. */
  static RunServers start(RunFiles files, RunnableJob job, int partitions) throws IOException {
    RunServers servers = new RunServers();
    try {
      servers.startAll(files, job);
      job.prepare(servers, partitions);
      servers.lookAtTopics(job.inputTopic());
      return servers;
    } catch (IOException | RuntimeException e) {
      servers.close();
      throw e;
    }
  }

  private void startAll(RunFiles files, RunnableJob job) {
    if (job.usesPostgres()) {
      postgres = own(PostgresServer.builder().directory(files.postgres()).start());
    }
    if (job.usesRabbitMq()) {
      rabbitMq = own(RabbitMqServer.builder().directory(files.rabbitMq()).start());
    }
    kafka = own(KafkaBroker.builder().directory(files.kafka()).start());
  }

  /** Closes it with the servers, the last one first. */
  <C extends AutoCloseable> C own(C server) {
    closing.push(server);
    return server;
  }

  /** Null for a job that does not use it. */
  PostgresServer postgres() {
    return postgres;
  }

  /** Null for a job that does not use it. */
  RabbitMqServer rabbitMq() {
    return rabbitMq;
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

  /** Closes all of them, whatever fails. */
  @Override
  public void close() {
    RuntimeException failure = null;
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        failure =
            failure == null ? new IllegalStateException("A server did not close.", e) : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
