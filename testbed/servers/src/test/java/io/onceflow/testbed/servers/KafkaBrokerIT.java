package io.onceflow.testbed.servers;

import static io.onceflow.testbed.servers.TcpProxy.Direction.CLIENT_TO_SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaBrokerIT {
  @Test
  void topicsAreMadeDescribedListedAndDeleted() {
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      client.createTopic("made-by-hand", 3, Map.of("cleanup.policy", "compact"));
      assertThat(client.describe("made-by-hand").partitions()).hasSize(3);
      assertThat(client.topics()).contains("made-by-hand");
      client.deleteTopic("made-by-hand");
      assertThat(client.topics()).doesNotContain("made-by-hand");
    }
  }

  @Test
  void everyRecordSentIsReadOnce() {
    String topic = TestServers.newTopic("numbers", 2);
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      client.sendAll(
          IntStream.range(0, 10_000)
              .mapToObj(n -> new ProducerRecord<byte[], byte[]>(topic, utf8("" + n)))
              .toList());
      assertThat(values(client.readCommitted(topic)))
          .hasSize(10_000)
          .doesNotHaveDuplicates()
          .contains("0", "9999");
    }
  }

  @Test
  void aReaderOfCommittedRecordsStopsBeforeAnOpenTransactionAndSkipsAnAbortedOne() {
    String topic = TestServers.newTopic("transactions", 1);
    try (KafkaClient client = KafkaClient.to(TestServers.kafka());
        KafkaProducer<byte[], byte[]> producer = transactional(topic)) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, utf8("aborted")));
      // Without the flush the producer drops the record instead of sending it.
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, utf8("committed")));
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, utf8("open")));
      producer.flush();

      assertThat(values(client.readCommitted(topic))).containsExactly("committed");
      assertThat(values(client.readAll(topic))).containsExactly("aborted", "committed", "open");
      producer.abortTransaction();
    }
  }

  @Test
  void whatWasAcknowledgedBeforeAKillIsThereAfterARestart() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start()) {
      try (KafkaClient client = KafkaClient.to(broker)) {
        client.createTopic("kept", 1);
        client.send("kept", "key", "value").get(10, TimeUnit.SECONDS);
      }
      long pid = broker.pid();
      broker.kill();
      assertThat(ProcessTree.isRunning(pid)).isFalse();
      broker.restart();
      try (KafkaClient client = KafkaClient.to(broker)) {
        assertThat(values(client.readCommitted("kept"))).containsExactly("value");
      }
    }
  }

  @Test
  void aBrokerStartedOverItsOldDirectoryKeepsItsTopics(@TempDir Path directory) {
    try (KafkaBroker first = KafkaBroker.builder().directory(directory).start();
        KafkaClient client = KafkaClient.to(first)) {
      client.createTopic("kept", 1);
    }
    try (KafkaBroker second = KafkaBroker.builder().directory(directory).start();
        KafkaClient client = KafkaClient.to(second)) {
      assertThat(client.topics()).containsExactly("kept");
    }
  }

  @Test
  void aPausedBrokerAcknowledgesNothingUntilItResumes() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start();
        KafkaClient client = KafkaClient.to(broker)) {
      client.createTopic("paused", 1);
      client.send("paused", "k", "before").get(10, TimeUnit.SECONDS);
      broker.pause();
      Future<RecordMetadata> sent = client.send("paused", "k", "during");
      assertThatThrownBy(() -> sent.get(500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      broker.resume();
      assertThat(sent.get(30, TimeUnit.SECONDS).offset()).isEqualTo(1);
    }
  }

  @Test
  void aSendWhoseReplyIsLostIsRepeatedAndStoredOnce() throws Exception {
    int port = FreePort.next();
    try (TcpProxy proxy = TcpProxy.to("127.0.0.1", port);
        KafkaBroker broker = KafkaBroker.builder().port(port).advertisedPort(proxy.port()).start();
        KafkaClient client = KafkaClient.to(broker)) {
      client.createTopic("once", 1);
      client.send("once", "k", "first").get(10, TimeUnit.SECONDS);
      proxy.when(CLIENT_TO_SERVER, utf8("second"), ProxyAction.loseReply());
      assertThat(client.send("once", "k", "second").get(20, TimeUnit.SECONDS).offset())
          .isEqualTo(1);
      assertThat(values(client.readAll("once"))).containsExactly("first", "second");
    }
  }

  @Test
  void aStartThatFailsShowsTheEndOfTheLog() {
    assertThatThrownBy(() -> KafkaBroker.builder().setting("log.cleaner.threads", "many").start())
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("log.cleaner.threads");
  }

  private static KafkaProducer<byte[], byte[]> transactional(String id) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers(), "transactional.id", id),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
