package io.onceflow.testbed.run.check;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.onceflow.common.source.DeadLetterTopic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads the job's topics whole, committed records only, and sorts them by the input they answer.
 */
final class OutputTopics {

  private final String bootstrapServers;
  private final JsonFactory json = new JsonFactory();

  OutputTopics(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
  }

  /** The results topic, by input partition. */
  Map<Integer, OffsetTally> results(String topic) throws IOException {
    Map<Integer, OffsetTally> tallies = new HashMap<>();
    try (PartitionReader reader = PartitionReader.ofAll(bootstrapServers, topic)) {
      for (var message = reader.next(); message != null; message = reader.next()) {
        Result result = parse(message.value());
        tallies
            .computeIfAbsent(result.partition, none -> new OffsetTally())
            .add(result.offset, result.line.fingerprint());
      }
    }
    return tallies;
  }

  /** The codes of the dead letters, by input partition and offset. */
  Map<Integer, Map<Long, List<String>>> deadLetters(String topic) {
    Map<Integer, Map<Long, List<String>>> codes = new HashMap<>();
    try (PartitionReader reader = PartitionReader.ofAll(bootstrapServers, topic)) {
      for (var message = reader.next(); message != null; message = reader.next()) {
        codes
            .computeIfAbsent(
                Integer.parseInt(header(message, DeadLetterTopic.PARTITION)),
                none -> new HashMap<>())
            .computeIfAbsent(
                Long.parseLong(header(message, DeadLetterTopic.OFFSET)), none -> new ArrayList<>(1))
            .add(header(message, DeadLetterTopic.REASON));
      }
    }
    return codes;
  }

  private static String header(ConsumerRecord<byte[], byte[]> message, String name) {
    var header = message.headers().lastHeader(name);
    if (header == null) {
      throw new IllegalStateException(
          "The dead letter at %s-%d offset %d has no header %s; who wrote it?"
              .formatted(message.topic(), message.partition(), message.offset(), name));
    }
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  private record Result(int partition, long offset, ResultLine line) {}

  private Result parse(byte[] value) throws IOException {
    Fields fields = new Fields();
    try (JsonParser parser = json.createParser(value)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.set(name, parser);
      }
    }
    return fields.toResult();
  }

  /** The fields of one record of the results topic while it is read. */
  private static final class Fields {
    private int partition;
    private long offset;
    private int leg;
    private String group;
    private UUID id;
    private long account;
    private String result;
    private long seq;
    private long logTimeMs;

    void set(String name, JsonParser parser) throws IOException {
      switch (name) {
        case "topic_partition" -> partition = parser.getIntValue();
        case "record_offset" -> offset = parser.getLongValue();
        case "leg" -> leg = parser.getIntValue();
        case "grp" -> group = parser.getText();
        case "id" -> id = UUID.fromString(parser.getText());
        case "account" -> account = parser.getLongValue();
        case "result" -> result = parser.getText();
        case "seq" -> seq = parser.getLongValue();
        case "log_time_ms" -> logTimeMs = parser.getLongValue();
        default -> parser.skipChildren();
      }
    }

    Result toResult() {
      return new Result(
          partition, offset, new ResultLine(leg, group, id, account, result, seq, logTimeMs));
    }
  }
}
