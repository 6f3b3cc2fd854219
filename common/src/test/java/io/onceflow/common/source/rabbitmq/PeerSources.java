package io.onceflow.common.source.rabbitmq;

import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.testframe.external.ExternalSystemSplitDataWriter;
import org.apache.flink.connector.testframe.external.source.DataStreamSourceExternalContext;
import org.apache.flink.connector.testframe.external.source.TestingSourceSettings;

/**
 * One case of Flink's suite for sources: four queues or streams of its own, all of them read, and
 * as many of them written to as the case asks for.
 */
abstract class PeerSources implements DataStreamSourceExternalContext<RabbitMqMessage> {

  private static final int SPLITS = 4;
  private static final int MESSAGES = 200;

  private final String name;
  private final List<String> splits = new ArrayList<>();
  private final Map<Integer, Integer> generated = new HashMap<>();
  private int writers;

  PeerSources(String name) {
    this.name = name;
  }

  /** Declares a queue or a stream. */
  abstract String declare() throws Exception;

  abstract Source<RabbitMqMessage, ?, ?> source(String[] splits, boolean bounded);

  /** Writes a message so that it is read as it is. */
  abstract void write(String split, List<RabbitMqMessage> messages) throws Exception;

  /** The offset of the n-th message. */
  abstract long offset(int index);

  /** The headers that a message comes with. */
  abstract Map<String, String> headers(String split);

  private String split(int index) {
    while (splits.size() < SPLITS) {
      try {
        splits.add(declare());
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    return splits.get(index);
  }

  @Override
  public Source<RabbitMqMessage, ?, ?> createSource(TestingSourceSettings settings) {
    split(0);
    return source(splits.toArray(String[]::new), settings.getBoundedness() == Boundedness.BOUNDED);
  }

  @Override
  public ExternalSystemSplitDataWriter<RabbitMqMessage> createSourceSplitDataWriter(
      TestingSourceSettings settings) {
    var split = split(writers++);
    return new ExternalSystemSplitDataWriter<>() {
      @Override
      public void writeRecords(List<RabbitMqMessage> messages) {
        try {
          write(split, messages);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }

      /** The case closes what it opened. */
      @Override
      public void close() {}
    };
  }

  @Override
  public List<RabbitMqMessage> generateTestData(
      TestingSourceSettings settings, int splitIndex, long seed) {
    var random = new Random(seed);
    var messages = new ArrayList<RabbitMqMessage>();
    int from = generated.getOrDefault(splitIndex, 0);
    for (int i = from; i < from + MESSAGES; i++) {
      messages.add(message(split(splitIndex), i, random));
    }
    generated.put(splitIndex, from + MESSAGES);
    return messages;
  }

  private RabbitMqMessage message(String split, int index, Random random) {
    var body = "%s/%d/%s".formatted(split, index, "x".repeat(random.nextInt(200)));
    return new RabbitMqMessage(
        split,
        offset(index),
        split + "-" + index,
        null,
        null,
        null,
        "text/plain",
        RabbitMqMessage.NO_PRIORITY,
        1_790_000_000_000L + index * 1000L,
        headers(split),
        false,
        body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public TypeInformation<RabbitMqMessage> getProducedType() {
    return TypeInformation.of(RabbitMqMessage.class);
  }

  @Override
  public List<URL> getConnectorJarPaths() {
    return List.of();
  }

  @Override
  public abstract void close();

  @Override
  public String toString() {
    return name;
  }

  /** Of queues. */
  static final class OfQueues extends PeerSources {

    private final Queues queues;
    private final String kind;
    private final ReadableConfig checkpointing;

    OfQueues(Queues queues, String kind, ReadableConfig checkpointing) {
      super(kind + " queues");
      this.queues = queues;
      this.kind = kind;
      this.checkpointing = checkpointing;
    }

    @Override
    String declare() throws Exception {
      return queues.declare(kind);
    }

    @Override
    Source<RabbitMqMessage, ?, ?> source(String[] splits, boolean bounded) {
      var builder =
          RabbitMqQueueSource.builder(queues.config()).queues(splits).checkpointsOf(checkpointing);
      return bounded ? builder.bounded().build() : builder.build();
    }

    @Override
    void write(String split, List<RabbitMqMessage> messages) throws Exception {
      for (var message : messages) {
        queues.publish(
            split,
            Queues.properties()
                .messageId(message.messageId())
                .contentType(message.contentType())
                .timestamp(new Date(message.timestampMs()))
                .build(),
            new String(message.body(), StandardCharsets.UTF_8));
      }
      queues.confirm();
    }

    @Override
    long offset(int index) {
      return RabbitMqMessage.NO_OFFSET;
    }

    @Override
    Map<String, String> headers(String split) {
      return Map.of("amqp-exchange", "", "amqp-routing-key", split);
    }

    @Override
    public void close() {
      queues.close();
    }
  }

  /** Of streams. */
  static final class OfStreams extends PeerSources {

    private final Streams streams;
    private final Queues queues;

    OfStreams(Streams streams, Queues queues) {
      super("streams");
      this.streams = streams;
      this.queues = queues;
    }

    @Override
    String declare() {
      return streams.declare();
    }

    @Override
    Source<RabbitMqMessage, ?, ?> source(String[] splits, boolean bounded) {
      var builder =
          RabbitMqStreamSource.builder(queues.config())
              .streams(splits)
              .emptyAfter(Duration.ofMillis(500));
      return bounded ? builder.bounded().build() : builder.build();
    }

    @Override
    void write(String split, List<RabbitMqMessage> messages) throws Exception {
      streams.publish(
          split,
          messages,
          message ->
              builder ->
                  builder
                      .addData(message.body())
                      .properties()
                      .messageId(message.messageId())
                      .contentType(message.contentType())
                      .creationTime(message.timestampMs())
                      .messageBuilder());
    }

    @Override
    long offset(int index) {
      return index;
    }

    @Override
    Map<String, String> headers(String split) {
      return Map.of();
    }

    @Override
    public void close() {
      streams.close();
      queues.close();
    }
  }
}
