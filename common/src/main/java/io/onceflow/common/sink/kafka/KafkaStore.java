package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Topics of one Kafka cluster as a store for strategy STAGED.
 *
 * <pre>{@code
 * TwoPhaseCommitSink.of(KafkaStore.of(config, row -> new ProducerRecord<>("results", row.key(), row.json())))
 *     .sinkId("results")
 *     .checkpointsOf(env.getConfiguration())
 *     .onReject(OnReject.FAIL) // or a config with a reject topic
 *     .build()
 * }</pre>
 *
 * <p>Guarantee: a reader in {@code read_committed} sees every record of a completed checkpoint
 * once, all topics and partitions of an epoch in one transaction, epochs in their order. Within a
 * partition the records of one writer keep their order; writers follow one after the other. Between
 * commits no transaction is open, so nobody's readers wait for a checkpoint.
 *
 * @param <T> the stream's type
 */
public final class KafkaStore<T> implements StagedStore<T> {

  private static final long serialVersionUID = 1L;

  /** Index of the target for records. */
  static final int RECORDS = 0;

  /** Index of the target for what a mapper rejects. */
  static final int REJECTS = 1;

  private final KafkaSinkConfig config;
  private final RecordMapper<T> mapper;
  private final List<String> topics = new ArrayList<>();

  private KafkaStore(KafkaSinkConfig config, RecordMapper<T> mapper) {
    this.config = config;
    this.mapper = mapper;
    topics.add(config.topic());
  }

  /** A store that writes what the mapper makes; the configured topic is checked at the start. */
  public static <T> KafkaStore<T> of(KafkaSinkConfig config, RecordMapper<T> mapper) {
    return new KafkaStore<>(config, mapper);
  }

  /** Names more topics that the mapper uses, to be checked at the start too. */
  public KafkaStore<T> alsoTo(String... more) {
    topics.addAll(List.of(more));
    return this;
  }

  /**
   * What a session needs to know.
   *
   * @param connection properties of every client; secrets as references
   * @param producer properties of the producer besides
   * @param topics where records go, as far as known at the start
   * @param rejectTopic where rejected records go, or null
   * @param markerTopic where markers go
   * @param transactionTimeoutMs after which the broker aborts an open transaction
   */
  record Shape(
      Properties connection,
      Properties producer,
      List<String> topics,
      String rejectTopic,
      String markerTopic,
      int transactionTimeoutMs)
      implements Serializable {

    private static final long serialVersionUID = 1L;
  }

  @Override
  public String description() {
    return "Kafka at " + config.kafka().bootstrapServers();
  }

  @Override
  public List<String> targets() {
    return List.of(String.join(", ", topics), "rejected records");
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return new Encoder<>(mapper, config.staged().rejectTopic());
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return new KafkaSession(config.shape(List.copyOf(topics)), sinkId, runId, onReject);
  }

  private record Encoder<T>(RecordMapper<T> mapper, String rejectTopic) implements RowEncoder<T> {

    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      RecordFormat.write(mapper.recordOf(value), row);
      return RECORDS;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      if (rejectTopic == null) {
        throw new IllegalStateException(
            "A value was rejected (%s: %s) and there is no topic for it: set reject-topic, or on-reject: fail."
                .formatted(rejection.code(), rejection.getMessage()));
      }
      var text = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
      var meant = new ProducerRecord<byte[], byte[]>(rejection.target(), null, text);
      RecordFormat.write(
          new Rejection(rejection.code(), rejection.getMessage()).letter(rejectTopic, meant), row);
      return REJECTS;
    }
  }
}
