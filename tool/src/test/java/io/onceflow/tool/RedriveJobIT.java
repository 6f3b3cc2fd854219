package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.retry.Attempt;
import io.onceflow.common.retry.AttemptHandler;
import io.onceflow.common.retry.AttemptLimits;
import io.onceflow.common.retry.AttemptResult;
import io.onceflow.common.retry.Classifier;
import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.RetryRules;
import io.onceflow.common.retry.RetryTypes;
import io.onceflow.common.retry.SelectiveRetry;
import io.onceflow.common.retry.kafka.RetryMessageDecoder;
import io.onceflow.common.retry.kafka.RetryRecords;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.common.sink.kafka.RecordMapper;
import io.onceflow.common.source.DecodedStream;
import io.onceflow.common.source.KafkaRecords;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.ReplyFormat;
import io.onceflow.producer.wire.WireHeaders;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a failure through the dead letters and the tool to the effect, with a real job. */
class RedriveJobIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  private final KafkaConfig config = KafkaConfig.plaintext(TestServers.kafka().bootstrapServers());
  private final String input = TestServers.newTopic("orders", 1);
  private final String results = TestServers.newTopic("results", 1);
  private final String replies = TestServers.newTopic("replies", 1);
  private final String dead = TestServers.newTopic("dead", 1);
  private final String markers =
      TestServers.newTopic("markers", 1, Map.of("cleanup.policy", "compact"));

  /** The bank is back when the message is sent again. */
  static final class Payments implements AttemptHandler<String, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String decode(RetryMessage message) {
      return new String(message.payload(), StandardCharsets.UTF_8);
    }

    @Override
    public String dependency(RetryMessage message) {
      return "bank";
    }

    @Override
    public CompletionStage<AttemptResult<String>> attempt(Attempt<String> attempt) {
      var again = attempt.message().headers().containsKey(WireHeaders.REDRIVE_OF);
      return CompletableFuture.completedFuture(
          again
              ? AttemptResult.ok(attempt.idempotencyKey() + " " + attempt.input())
              : AttemptResult.of("busy"));
    }
  }

  private StreamExecutionEnvironment job() {
    var configuration = new Configuration();
    configuration.setString("pipeline.generic-types", "false");
    configuration.setString("pipeline.auto-generate-uids", "false");
    configuration.setString("execution.checkpointing.interval", "300 ms");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString(
        "execution.checkpointing.dir", directory.resolve("c").toUri().toString());
    configuration.setString("restart-strategy.type", "none");
    var env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
    var records =
        env.fromSource(
                KafkaRecords.source(KafkaSourceConfig.of(config, input, "job-" + input)),
                WatermarkStrategy.noWatermarks(),
                "source-orders")
            .uid("source-orders");
    var streams =
        SelectiveRetry.of(new Payments(), Types.STRING)
            .classifiedBy(Classifier.rules().transientCode("busy", "bank").build())
            .rules(
                RetryRules.DEFAULT.with(
                    new AttemptLimits(1, 1, Duration.ofSeconds(20), Duration.ofHours(1))))
            .build(
                DecodedStream.of(
                        records,
                        new RetryMessageDecoder(Set.of(replies)),
                        RetryTypes.MESSAGE,
                        "decode-orders")
                    .values(),
                "retry-orders");
    write(streams.results(), results, configuration, to(results));
    write(
        RetryRecords.replies(streams, "replies"),
        replies,
        configuration,
        RetryRecords.replyMapper());
    write(streams.deadLetters(), dead, configuration, RetryRecords.deadLetterMapper(dead));
    return env;
  }

  /** Static, for the mapper is serialized with the job. */
  private static RecordMapper<String> to(String topic) {
    return text -> new ProducerRecord<>(topic, text.getBytes(StandardCharsets.UTF_8));
  }

  private <T> void write(
      DataStream<T> stream, String topic, Configuration configuration, RecordMapper<T> mapper) {
    var staged = KafkaSinkConfig.Staged.DEFAULT;
    var sink =
        KafkaSinkConfig.of(config, topic, topic)
            .with(
                new KafkaSinkConfig.Staged(
                    markers, staged.rejectTopic(), staged.onRewind(), staged.retryPolicy()));
    stream
        .sinkTo(KafkaSinks.exactlyOnce(sink, configuration, mapper))
        .uid("sink-" + topic)
        .name("sink-" + topic);
  }

  private ToolResult redrive() throws Exception {
    var yaml = directory.resolve("job.yaml");
    Files.writeString(
        yaml, "kafka: {bootstrap-servers: '%s'}\n".formatted(config.bootstrapServers()));
    return ToolResult.run(
        "dead-messages",
        "redrive",
        "--config",
        yaml.toString(),
        "--topic",
        dead,
        "--producer",
        "shop",
        "--because",
        "bank is back",
        "--execute",
        "--json");
  }

  private List<MessageReply> answers(KafkaClient kafka, Status status) throws Exception {
    var answers = new ArrayList<MessageReply>();
    for (var record : kafka.readCommitted(replies)) {
      if (ReplyFormat.read(record.value()) instanceof MessageReply reply
          && reply.status() == status) {
        answers.add(reply);
      }
    }
    return answers;
  }

  private static Message message(int number, String replyTo) {
    return new Message(
        "shop", number, "o-" + number, "k", 5, 99, replyTo, new byte[] {'x'}, Map.of());
  }

  @Test
  @Timeout(180)
  void whatFailedIsAppliedOnceWhenItIsRedrivenAndItsAcknowledgementArrives() throws Exception {
    try (var kafka = KafkaClient.to(TestServers.kafka())) {
      kafka.createTopic(dead + "-audit", 1, Map.of("retention.ms", "-1"));
      for (var number = 1; number <= 3; number++) {
        kafka.send(MessageFormat.record(input, message(number, replies)));
      }
      kafka.flush();
      var running = job().executeAsync("redrive");
      try {
        await().atMost(PATIENCE).until(() -> kafka.readCommitted(dead).size() == 3);
        await().atMost(PATIENCE).until(() -> answers(kafka, Status.DEAD_LETTERED).size() == 3);
        assertThat(kafka.readCommitted(results)).isEmpty();

        assertThat(redrive().exit()).isZero();
        assertThat(redrive().json().at("/letters")).isEmpty();
        await().atMost(PATIENCE).until(() -> answers(kafka, Status.APPLIED).size() == 3);
        await().atMost(PATIENCE).until(() -> kafka.readCommitted(results).size() == 3);
      } finally {
        running.cancel().get();
      }
      assertThat(kafka.readCommitted(results))
          .extracting(record -> new String(record.value(), StandardCharsets.UTF_8))
          .containsExactly("o-1 x", "o-2 x", "o-3 x");
      assertThat(answers(kafka, Status.APPLIED))
          .allMatch(reply -> reply.producer().startsWith("redrive/" + dead) && !reply.repeated())
          .extracting(MessageReply::id)
          .containsExactlyInAnyOrder("o-1", "o-2", "o-3");
      assertThat(kafka.readCommitted(dead)).hasSize(3);
    }
  }
}
