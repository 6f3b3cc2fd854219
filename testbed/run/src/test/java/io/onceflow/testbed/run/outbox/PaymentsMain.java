package io.onceflow.testbed.run.outbox;

import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.retry.RetryControl;
import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.RetryStreams;
import io.onceflow.common.retry.RetryTypes;
import io.onceflow.common.retry.SelectiveRetry;
import io.onceflow.common.retry.kafka.RetryControlDecoder;
import io.onceflow.common.retry.kafka.RetryMessageDecoder;
import io.onceflow.common.retry.kafka.RetryRecords;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.common.sink.kafka.RecordMapper;
import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.common.source.DecodedStream;
import io.onceflow.common.source.KafkaRecords;
import io.onceflow.common.source.RawRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The job: selective retry between Kafka topics, with checkpoints in a directory; it goes on from
 * the newest of them. Arguments: bootstrap servers, directory.
 */
final class PaymentsMain {

  private PaymentsMain() {}

  public static void main(String[] arguments) throws Exception {
    KafkaConfig kafka = KafkaConfig.plaintext(arguments[0]);
    Path directory = Path.of(arguments[1]);
    Configuration configuration = configuration(directory);
    newest(directory)
        .ifPresent(path -> configuration.setString("execution.state-recovery.path", uri(path)));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    define(env, kafka, configuration);
    env.execute("payments");
  }

  private static Configuration configuration(Path directory) {
    Configuration configuration = new Configuration();
    configuration.setString("pipeline.generic-types", "false");
    configuration.setString("pipeline.auto-generate-uids", "false");
    configuration.setString("execution.checkpointing.interval", "300 ms");
    configuration.setString("execution.checkpointing.mode", "EXACTLY_ONCE");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString("execution.checkpointing.dir", uri(directory));
    configuration.setString(
        "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
    configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
    configuration.setString("taskmanager.memory.managed.size", "32 mb");
    configuration.setString("taskmanager.memory.network.max", "32 mb");
    configuration.setString("taskmanager.memory.network.min", "32 mb");
    return configuration;
  }

  private static String uri(Path path) {
    return "file://" + path;
  }

  /** The newest complete checkpoint. */
  static Optional<Path> newest(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files =
        Files.find(directory, 4, (path, attributes) -> path.endsWith("_metadata"))) {
      return files.map(Path::getParent).max(Comparator.comparingLong(PaymentsMain::number));
    }
  }

  /** Checkpoints are counted on over restores. */
  static long number(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().replace("chk-", ""));
  }

  private static void define(
      StreamExecutionEnvironment env, KafkaConfig kafka, Configuration configuration) {
    DecodedStream<RetryMessage> messages =
        DecodedStream.of(
            records(env, kafka, PaymentTopics.MESSAGES),
            new RetryMessageDecoder(Set.of(PaymentTopics.REPLIES)),
            RetryTypes.MESSAGE,
            "decode-messages");
    DecodedStream<RetryControl> controls =
        DecodedStream.of(
            records(env, kafka, PaymentTopics.CONTROLS),
            new RetryControlDecoder(Payments.rules()),
            RetryTypes.CONTROL,
            "decode-controls");
    RetryStreams<String> streams =
        SelectiveRetry.of(new Payments(), Types.STRING)
            .classifiedBy(Payments.classifier())
            .rules(Payments.rules())
            .reports(Duration.ofMillis(200), Duration.ofSeconds(5))
            .controlledBy(controls.values())
            .build(messages.values(), "retry-payments");
    Sinks sinks = new Sinks(kafka, configuration);
    sinks.write(streams.results(), PaymentTopics.RESULTS, PaymentsMain::result);
    sinks.write(
        RetryRecords.replies(streams, "replies"),
        PaymentTopics.REPLIES,
        RetryRecords.replyMapper());
    sinks.write(
        streams.deadLetters(),
        PaymentTopics.DEAD_LETTERS,
        RetryRecords.deadLetterMapper(PaymentTopics.DEAD_LETTERS));
    KafkaSinkConfig undecodable =
        KafkaSinkConfig.of(kafka, PaymentTopics.UNDECODABLE, PaymentTopics.UNDECODABLE);
    messages
        .deadLetters()
        .union(controls.deadLetters())
        .sinkTo(DeadLetterTopic.kafkaSink(undecodable, configuration))
        .uid("sink-" + PaymentTopics.UNDECODABLE);
  }

  private static DataStream<RawRecord> records(
      StreamExecutionEnvironment env, KafkaConfig kafka, String topic) {
    return env.fromSource(
            KafkaRecords.source(KafkaSourceConfig.of(kafka, topic, "job-" + topic)),
            WatermarkStrategy.noWatermarks(),
            "source-" + topic)
        .uid("source-" + topic);
  }

  private static ProducerRecord<byte[], byte[]> result(String result) {
    String key = result.split(" ")[2];
    return new ProducerRecord<>(
        PaymentTopics.RESULTS,
        key.getBytes(StandardCharsets.UTF_8),
        result.getBytes(StandardCharsets.UTF_8));
  }

  private record Sinks(KafkaConfig kafka, Configuration configuration) {
    <T> void write(DataStream<T> stream, String topic, RecordMapper<T> mapper) {
      stream
          .sinkTo(
              KafkaSinks.exactlyOnce(
                  KafkaSinkConfig.of(kafka, topic, topic), configuration, mapper))
          .uid("sink-" + topic);
    }
  }
}
