package io.onceflow.relay;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.job.Job;
import io.onceflow.common.job.JobMain;
import io.onceflow.common.retry.AttemptLimits;
import io.onceflow.common.retry.ConcurrencyLimits;
import io.onceflow.common.retry.RetryRules;
import io.onceflow.common.retry.RetryStreams;
import io.onceflow.common.retry.RetryTypes;
import io.onceflow.common.retry.SelectiveRetry;
import io.onceflow.common.retry.kafka.RetryRecords;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.common.sink.rabbitmq.RabbitMqQueueStore;
import io.onceflow.common.sink.rabbitmq.RabbitMqStreamStore;
import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.common.source.DecodedStream;
import io.onceflow.common.source.KafkaRecords;
import io.onceflow.common.source.RawRecord;
import io.onceflow.common.source.rabbitmq.RabbitMqMessage;
import io.onceflow.common.source.rabbitmq.RabbitMqQueueSource;
import io.onceflow.common.source.rabbitmq.RabbitMqStreamSource;
import java.net.URI;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Carries messages between RabbitMQ and Kafka and to a webhook: {@code flink run
 * onceflow-relay-job.jar --config FILE}. Each route is a pipeline of its own.
 *
 * <pre>
 *   to-kafka      source-queues, source-streams - sink-to-kafka
 *   to-rabbitmq   source-to-rabbitmq - sink-to-rabbitmq
 *   to-webhook    source-to-webhook - decode-to-webhook - retry-to-webhook - sinks of results,
 *                 replies and dead letters
 * </pre>
 */
public final class RelayMain implements Job<RelayConfig> {

  /** Starts the job. */
  public static void main(String[] args) throws Exception {
    JobMain.run(new RelayMain(), args);
  }

  @Override
  public String name() {
    return "relay";
  }

  @Override
  public RelayConfig config(ConfigReader reader) {
    return RelayConfig.read(reader);
  }

  @Override
  public void define(StreamExecutionEnvironment env, RelayConfig config) {
    config.toKafka().ifPresent(route -> toKafka(env, route));
    config.toRabbitMq().ifPresent(route -> toRabbitMq(env, route));
    config.toWebhook().ifPresent(route -> toWebhook(env, route));
  }

  private static void toKafka(StreamExecutionEnvironment env, RelayConfig.ToKafka route) {
    DataStream<RabbitMqMessage> messages = null;
    if (!route.queues().isEmpty()) {
      messages = queues(env, route);
    }
    if (!route.streams().isEmpty()) {
      var streams = streams(env, route);
      messages = messages == null ? streams : messages.union(streams);
    }
    messages
        .sinkTo(
            KafkaSinks.exactlyOnce(
                route.output(), env.getConfiguration(), new InboundMapper(route.output().topic())))
        .name("to kafka")
        .uid("sink-to-kafka");
  }

  private static DataStream<RabbitMqMessage> queues(
      StreamExecutionEnvironment env, RelayConfig.ToKafka route) {
    var source =
        RabbitMqQueueSource.builder(route.server())
            .queues(route.queues().toArray(String[]::new))
            .missingId(route.missingId())
            .checkpointsOf(env.getConfiguration())
            .build();
    return env.fromSource(source, WatermarkStrategy.noWatermarks(), "queues").uid("source-queues");
  }

  private static DataStream<RabbitMqMessage> streams(
      StreamExecutionEnvironment env, RelayConfig.ToKafka route) {
    var source =
        RabbitMqStreamSource.builder(route.server())
            .streams(route.streams().toArray(String[]::new))
            .build();
    return env.fromSource(source, WatermarkStrategy.noWatermarks(), "streams")
        .uid("source-streams");
  }

  private static void toRabbitMq(StreamExecutionEnvironment env, RelayConfig.ToRabbitMq route) {
    env.fromSource(
            KafkaRecords.source(route.source()), WatermarkStrategy.noWatermarks(), "for rabbitmq")
        .uid("source-to-rabbitmq")
        .sinkTo(
            TwoPhaseCommitSink.of(store(route))
                .sinkId(route.sinkId().value())
                .onReject(OnReject.DEAD_LETTER)
                .checkpointsOf(env.getConfiguration())
                .build())
        .name("to rabbitmq")
        .uid("sink-to-rabbitmq");
  }

  private static StagedStore<RawRecord> store(RelayConfig.ToRabbitMq route) {
    var mapper = new OutboundMapper(route.destination());
    return route.stream() == null
        ? RabbitMqQueueStore.of(route.server(), route.exchange(), route.deadLetters(), mapper)
        : RabbitMqStreamStore.of(
            route.server(), List.of(route.stream()), route.deadLetters(), mapper);
  }

  private static void toWebhook(StreamExecutionEnvironment env, RelayConfig.ToWebhook route) {
    var records =
        env.fromSource(
                KafkaRecords.source(route.source()),
                WatermarkStrategy.noWatermarks(),
                "for webhook")
            .uid("source-to-webhook");
    var decoded =
        DecodedStream.of(
            records,
            new WebhookDecoder(route.replyTopics()),
            RetryTypes.MESSAGE,
            "decode-to-webhook");
    var host = URI.create(route.url()).getHost();
    var streams =
        SelectiveRetry.of(
                new WebhookHandler(route.url(), route.token(), route.timeout()),
                TypeInformation.of(WebhookResult.class))
            .classifiedBy(new WebhookClassifier(host))
            .rules(rules(route))
            .build(decoded.values(), "retry-to-webhook");
    write(env.getConfiguration(), route, streams);
    decoded
        .deadLetters()
        .sinkTo(DeadLetterTopic.kafkaSink(route.undecodable(), env.getConfiguration()))
        .name("undecodable")
        .uid("sink-undecodable");
  }

  private static RetryRules rules(RelayConfig.ToWebhook route) {
    var attempts = RetryRules.DEFAULT.attempts();
    return RetryRules.DEFAULT
        .with(
            new AttemptLimits(
                route.maxAttempts(),
                Math.min(route.maxAttempts(), attempts.maxUnknown()),
                route.timeout().multipliedBy(2),
                route.deadline()))
        .with(new ConcurrencyLimits(route.concurrency(), route.concurrency()));
  }

  private static void write(
      ReadableConfig job, RelayConfig.ToWebhook route, RetryStreams<WebhookResult> streams) {
    streams
        .results()
        .sinkTo(
            KafkaSinks.exactlyOnce(
                route.results(), job, WebhookResult.mapper(route.results().topic())))
        .name("results")
        .uid("sink-results");
    RetryRecords.replies(streams, "replies")
        .sinkTo(KafkaSinks.exactlyOnce(route.replies(), job, RetryRecords.replyMapper()))
        .name("replies")
        .uid("sink-replies");
    streams
        .deadLetters()
        .sinkTo(
            KafkaSinks.exactlyOnce(
                route.deadLetters(),
                job,
                RetryRecords.deadLetterMapper(route.deadLetters().topic())))
        .name("dead letters")
        .uid("sink-dead-letters");
  }
}
