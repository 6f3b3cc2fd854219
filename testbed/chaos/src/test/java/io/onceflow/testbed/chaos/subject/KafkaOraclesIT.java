package io.onceflow.testbed.chaos.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.chaos.check.KafkaView;
import io.onceflow.testbed.chaos.job.Transfer;
import io.onceflow.testbed.chaos.truth.TruthLog;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oracles over topics can fail: epochs are written by hand, with one thing wrong. */
class KafkaOraclesIT {

  private static int blocks = 3_000;

  @TempDir Path directory;

  private final Block block = new Block(++blocks);
  private KafkaProducer<byte[], byte[]> producer;
  private TruthLog truth;
  private Checks checks;
  private int checkpoint;
  private long seq;

  @BeforeEach
  void begin() throws Exception {
    var servers = TestServers.kafka().internalServers();
    try (var client = KafkaClient.to(servers)) {
      client.createTopic(block.legs(), 1);
      client.createTopic(block.deadLetters(), 1);
      client.createMarkerTopic(block.markers(), 1);
    }
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers, "transactional.id", "of." + block.run()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    var topics = new KafkaView.Topics(servers, block.legs(), block.markers(), block.run());
    truth = TruthLog.create(directory.resolve("truth.jsonl"));
    checks =
        new Checks(
            new Checks.Places(
                new KafkaView(topics),
                new KafkaView(topics),
                servers,
                block.deadLetters(),
                block.deadLetterSink()),
            truth);
    commit(sent(), 2, 0);
    commit(sent(), 2, 1);
  }

  @AfterEach
  void end() throws Exception {
    checks.close();
    producer.close();
    truth.close();
  }

  private Transfer sent() throws Exception {
    var transfer = Transfer.of(block.run(), 1, ++seq, 0, 1, seq);
    truth.append(List.of(transfer), List.of());
    return transfer;
  }

  private long send(Transfer transfer, int leg) throws Exception {
    var value =
        "%d,%d,%d,%d,%d,%d"
            .formatted(
                transfer.key(),
                transfer.seq(),
                leg,
                transfer.account(leg),
                transfer.amount(leg),
                transfer.crc());
    return producer.send(new ProducerRecord<>(block.legs(), bytes(value))).get().offset();
  }

  /** Commits both legs, with a marker that says so many rows and this predecessor. */
  private void commit(Transfer transfer, int rows, int previous) throws Exception {
    producer.beginTransaction();
    var first = send(transfer, 0);
    var last = send(transfer, 1);
    marker(previous, rows, first, last);
    producer.commitTransaction();
  }

  /** A marker of the next checkpoint over this range of the one partition. */
  private void marker(int previous, int rows, long first, long last) {
    checkpoint++;
    var marker =
        """
        {"version":1,"transaction":"t%1$d","lineage":"l","checkpoint":%1$d,"previousCheckpoint":%2$d,"rows":%3$d,\
        "offsets":[{"topic":"%4$s","partition":0,"first":%5$d,"last":%6$d,"count":2}]}"""
            .formatted(checkpoint, previous, rows, block.legs(), first, last);
    var key = "marker/%s/t%d".formatted(block.run(), checkpoint);
    producer.send(new ProducerRecord<>(block.markers(), bytes(key), bytes(marker)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void soundEpochsAreClean() {
    assertThat(checks.check()).isEqualTo(Findings.NONE);
    assertThat(checks.finalCheck()).isEqualTo(Findings.NONE);
    assertThat(checks.rows()).isEqualTo(4);
  }

  @Test
  void anAbortedTransactionIsNotSeen() throws Exception {
    producer.beginTransaction();
    send(truth.at(0), 0);
    producer.abortTransaction();
    assertThat(checks.finalCheck()).isEqualTo(Findings.NONE);
  }

  @Test
  void anAbortedTransactionIsNoRowOfAPeer() throws Exception {
    var servers = TestServers.kafka().internalServers();
    try (var view = new KafkaView(new KafkaView.Topics(servers, block.legs(), null, block.run()))) {
      assertThat(view.glimpse().rows()).isEqualTo(4);
      producer.beginTransaction();
      send(truth.at(0), 0);
      producer.abortTransaction();
      assertThat(view.glimpse().rows()).isEqualTo(4);
      assertThat(view.read(Duration.ZERO).rows()).hasSize(4);
    }
  }

  @Test
  void recordsWithoutAMarkerAreDirty() throws Exception {
    var transfer = sent();
    producer.beginTransaction();
    send(transfer, 0);
    send(transfer, 1);
    producer.commitTransaction();
    assertThat(checks.finalCheck().dirty()).isEqualTo(2);
  }

  @Test
  void aRecordThatIsThereTwiceIsDuplicated() throws Exception {
    commit(truth.at(0), 2, 2);
    assertThat(checks.finalCheck().duplicated()).isEqualTo(2);
  }

  @Test
  void anEpochThatIsNotWhatItsMarkerSaysIsTorn() throws Exception {
    commit(sent(), 3, 2);
    assertThat(checks.finalCheck().torn()).isEqualTo(1);
  }

  @Test
  void aMarkerThatDoesNotFollowIsIllegal() throws Exception {
    commit(sent(), 2, 1);
    assertThat(checks.finalCheck().illegal()).isEqualTo(1);
  }

  @Test
  void aMarkerThatIsGoneOrAnotherIsIllegal() throws Exception {
    assertThat(checks.check()).isEqualTo(Findings.NONE);
    producer.beginTransaction();
    var key = "marker/%s/t%d".formatted(block.run(), checkpoint);
    var other =
        """
        {"version":1,"transaction":"t%d","lineage":"other","checkpoint":2,"previousCheckpoint":1,"rows":2,"offsets":[]}"""
            .formatted(checkpoint);
    producer.send(new ProducerRecord<>(block.markers(), bytes(key), bytes(other)));
    producer.commitTransaction();
    var found = checks.finalCheck();
    assertThat(found.illegal()).isPositive();
    assertThat(found.examples()).anyMatch(text -> text.contains("and is of lineage other"));
  }

  @Test
  void legsInTheOrderOfOtherNumbersAreOutOfOrder() throws Exception {
    var first = sent();
    commit(sent(), 2, 2);
    commit(first, 2, 3);
    assertThat(checks.finalCheck().outOfOrder()).isPositive();
  }

  @Test
  void aReaderThatSeesHalfAnEpochSeesItTorn() throws Exception {
    var servers = TestServers.kafka().internalServers();
    var transfer = sent();
    var topics = new KafkaView.Topics(servers, block.legs(), block.markers(), block.run());
    try (var client = KafkaClient.to(servers);
        var view = new KafkaView(topics)) {
      producer.beginTransaction();
      var first = send(transfer, 0);
      producer.commitTransaction();
      awaitRecords(client, block.legs(), 5);
      assertThat(view.glimpse().torn()).isEmpty();
      producer.beginTransaction();
      var last = send(transfer, 1);
      marker(2, 2, first, last);
      producer.commitTransaction();
      awaitRecords(client, block.legs(), 6);
      awaitRecords(client, block.markers(), 3);
      assertThat(view.glimpse().torn()).as("the marker comes after the end").hasSize(1);
      assertThat(view.glimpse().torn()).as("it is told once").isEmpty();

      producer.beginTransaction();
      marker(3, 2, last + 2, last + 4);
      producer.commitTransaction();
      awaitRecords(client, block.markers(), 4);
      assertThat(view.glimpse().torn()).isEmpty();
      producer.beginTransaction();
      send(transfer, 0);
      producer.commitTransaction();
      awaitRecords(client, block.legs(), 7);
      assertThat(view.glimpse().torn()).as("the end comes after the marker").hasSize(1);
    }
  }

  /** A commit is answered before its end is written into the partitions. */
  private static void awaitRecords(KafkaClient client, String topic, int count) {
    await().until(() -> client.readCommitted(topic).size() == count);
  }

  @Test
  void aTransactionThatStaysOpenHangs() throws Exception {
    producer.beginTransaction();
    send(truth.at(0), 0);
    assertThat(checks.finalCheck().inDoubt()).isEqualTo(1);
    producer.abortTransaction();
  }

  @Test
  void aLostTransferIsLost() throws Exception {
    sent();
    assertThat(checks.finalCheck().lost()).isEqualTo(2);
  }
}
