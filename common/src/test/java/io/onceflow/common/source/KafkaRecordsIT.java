package io.onceflow.common.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.job.Job;
import io.onceflow.common.job.JobMain;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From Kafka through the decoder to Kafka, on a real broker, with a failure between checkpoints.
 */
class KafkaRecordsIT {

  private static final AtomicInteger FAILURES_LEFT = new AtomicInteger();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path checkpoints;

  private final String input = TestServers.newTopic("input", 2);
  private final String results = TestServers.newTopic("results", 1);
  private final String markers =
      TestServers.newTopic("markers", 2, Map.of("cleanup.policy", "compact"));
  private final String deadLetters = TestServers.newTopic("dead-letters", 2);
  private final List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
  private final List<String> good = new ArrayList<>();
  private final List<Integer> bad = new ArrayList<>();

  private record EchoConfig(
      KafkaSourceConfig source,
      Watermarks watermarks,
      KafkaSinkConfig results,
      KafkaSinkConfig deadLetters) {}

  /** The shape of every job: read, decode, work, write both ways. */
  private static final class EchoJob implements Job<EchoConfig> {
    @Override
    public String name() {
      return "echo";
    }

    @Override
    public EchoConfig config(ConfigReader reader) {
      KafkaConfig kafka = KafkaConfig.read(reader.group("kafka"));
      return new EchoConfig(
          KafkaSourceConfig.read(reader.group("source"), kafka),
          Watermarks.read(reader.group("watermarks")),
          KafkaSinkConfig.read(reader.group("results"), kafka),
          KafkaSinkConfig.read(reader.group("dead-letters"), kafka));
    }

    @Override
    public void define(StreamExecutionEnvironment env, EchoConfig config) {
      DecodedStream<String> decoded =
          DecodedStream.of(
              env.fromSource(
                      KafkaRecords.source(config.source()),
                      config.watermarks().strategy(),
                      "source-records")
                  .uid("source-records"),
              new TextDecoder(),
              Types.STRING,
              "decode-records");
      String topic = config.results().topic();
      decoded
          .values()
          .map(new FailOnDemand())
          .uid("fail-on-demand")
          .sinkTo(
              KafkaSinks.exactlyOnce(
                  config.results(),
                  env.getConfiguration(),
                  text -> new ProducerRecord<>(topic, text.getBytes(StandardCharsets.UTF_8))))
          .uid("sink-results");
      decoded
          .deadLetters()
          .sinkTo(DeadLetterTopic.kafkaSink(config.deadLetters(), env.getConfiguration()))
          .uid("sink-dead-letters");
    }
  }

  private static final class FailOnDemand implements MapFunction<String, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String map(String value) {
      if (value.equals("fail here") && FAILURES_LEFT.getAndDecrement() > 0) {
        throw new IllegalStateException("the failure this test injects");
      }
      return value;
    }
  }

  @BeforeEach
  void noFailureYet() {
    FAILURES_LEFT.set(0);
  }

  private JobClient start() throws Exception {
    Configuration cluster = new Configuration();
    cluster.setString("execution.checkpointing.interval", "200ms");
    cluster.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
    cluster.setString("restart-strategy.type", "fixed-delay");
    cluster.setString("restart-strategy.fixed-delay.attempts", "3");
    cluster.setString("restart-strategy.fixed-delay.delay", "0s");
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, cluster);
    JobMain.define(
        new EchoJob(),
        env,
        "--set=kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
        "--set=source.topic=" + input,
        "--set=source.group-id=" + input,
        "--set=results.topic=" + results,
        "--set=results.id=" + results,
        "--set=results.marker-topic=" + markers,
        "--set=dead-letters.marker-topic=" + markers,
        "--set=dead-letters.topic=" + deadLetters,
        "--set=dead-letters.id=" + deadLetters);
    return env.executeAsync("echo");
  }

  private void addGood(String text) {
    good.add(text);
    add(null, text.getBytes(StandardCharsets.UTF_8));
  }

  private void addBad(byte[] key, byte[] value) {
    bad.add(sent.size());
    add(key, value);
  }

  private void add(byte[] key, byte[] value) {
    sent.add(new ProducerRecord<>(input, sent.size() % 2, 1_000L + sent.size(), key, value));
  }

  private void addBothKinds(String phase) {
    for (int i = 0; i < 20; i++) {
      addGood(phase + " " + i);
      addBad(new byte[] {(byte) i}, new byte[] {(byte) 0xff, (byte) i});
      addGood(phase + " again " + i);
      addBad(null, i % 2 == 0 ? null : "bug".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void everyRecordArrivesOnceOnItsWayAlthoughTheJobFailsBetweenCheckpoints() throws Exception {
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      JobClient job = start();
      addBothKinds("before");
      client.sendAll(sent);
      awaitAll(client, job);

      int already = sent.size();
      FAILURES_LEFT.set(1);
      addBothKinds("around");
      addGood("fail here");
      addBothKinds("after");
      client.sendAll(sent.subList(already, sent.size()));
      awaitAll(client, job);
      assertThat(FAILURES_LEFT).hasValueLessThanOrEqualTo(0);

      // What comes after it has arrived, so no second copy of anything is still under way.
      int beforeLast = sent.size();
      addGood("last");
      addGood("last of the other partition");
      addBad(null, null);
      addBad(null, null);
      client.sendAll(sent.subList(beforeLast, sent.size()));
      awaitAll(client, job);
      job.cancel().get();
      assertThat(client.readCommitted(results))
          .extracting(record -> new String(record.value(), StandardCharsets.UTF_8))
          .containsExactlyInAnyOrderElementsOf(good);
      assertThatDeadLettersAreTheBadRecords(client);
    }
  }

  private void awaitAll(KafkaClient client, JobClient job) {
    await()
        .atMost(PATIENCE)
        .failFast("the job ended", () -> job.getJobStatus().get().isTerminalState())
        .until(
            () ->
                client.readCommitted(results).size() >= good.size()
                    && client.readCommitted(deadLetters).size() >= bad.size());
  }

  private void assertThatDeadLettersAreTheBadRecords(KafkaClient client) {
    List<ConsumerRecord<byte[], byte[]>> letters = client.readCommitted(deadLetters);
    assertThat(letters).hasSize(bad.size());
    List<Integer> found = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> letter : letters) {
      int partition = Integer.parseInt(header(letter, DeadLetterTopic.PARTITION));
      int index = Integer.parseInt(header(letter, DeadLetterTopic.OFFSET)) * 2 + partition;
      ProducerRecord<byte[], byte[]> original = sent.get(index);
      assertThat(letter.key()).isEqualTo(original.key());
      assertThat(letter.value()).isEqualTo(original.value());
      assertThat(header(letter, DeadLetterTopic.TOPIC)).isEqualTo(input);
      assertThat(header(letter, DeadLetterTopic.TIMESTAMP))
          .isEqualTo(original.timestamp().toString());
      assertThat(header(letter, DeadLetterTopic.REASON)).isEqualTo(reason(original.value()));
      assertThat(header(letter, DeadLetterTopic.DETAIL)).isNotBlank().doesNotContain("\n");
      found.add(index);
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(bad);
  }

  private static String reason(byte[] value) {
    if (value == null) {
      return "no_value";
    }
    return value[0] == 'b' ? GuardedDecoder.DECODER_FAILED : "invalid_utf8";
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  @Test
  void aBoundedSourceEndsAndHoldsCommittedRecordsOnly() throws Exception {
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      addBothKinds("bounded");
      client.sendAll(sent);
    }
    addTransactions();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, new Configuration());
    KafkaSourceConfig source =
        KafkaSourceConfig.of(
                KafkaConfig.plaintext(TestServers.kafka().bootstrapServers()), input, input)
            .bounded();
    List<RawRecord> records =
        env.fromSource(
                KafkaRecords.source(source),
                new Watermarks(Duration.ZERO, Duration.ofSeconds(1)).strategy(),
                "source-records")
            .executeAndCollect(sent.size() + 1);
    assertThat(records).hasSize(sent.size());
    assertThat(records)
        .allSatisfy(
            record -> {
              ProducerRecord<byte[], byte[]> original =
                  sent.get((int) record.offset() * 2 + record.partition());
              assertThat(record.value()).isEqualTo(original.value());
              assertThat(record.key()).isEqualTo(original.key());
              assertThat(record.timestampMs()).isEqualTo(original.timestamp());
            });
  }

  /** One committed, then one aborted: both partitions end with what a reader must not see. */
  private void addTransactions() {
    Properties properties = new Properties();
    properties.setProperty("bootstrap.servers", TestServers.kafka().bootstrapServers());
    properties.setProperty("transactional.id", input);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      int before = sent.size();
      addGood("committed in a transaction");
      addGood("committed in a transaction, other partition");
      sent.subList(before, sent.size()).forEach(producer::send);
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(input, 0, null, new byte[] {1}));
      producer.send(new ProducerRecord<>(input, 1, null, new byte[] {1}));
      producer.abortTransaction();
    }
  }
}
