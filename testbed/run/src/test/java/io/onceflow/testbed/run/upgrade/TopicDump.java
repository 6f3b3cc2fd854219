package io.onceflow.testbed.run.upgrade;

import io.onceflow.testbed.servers.KafkaClient;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** What is committed in topics, a line per record. */
final class TopicDump {

  private static final String NULL = "-";

  private TopicDump() {}

  /**
   * @param topics the topics' names by what they hold
   */
  static List<String> write(KafkaClient kafka, Map<String, String> topics) {
    var lines = new ArrayList<String>();
    topics.forEach(
        (role, topic) ->
            kafka.readCommitted(topic).forEach(record -> lines.add(line(role, record))));
    return lines;
  }

  static void read(KafkaClient kafka, Map<String, String> topics, List<String> lines) {
    kafka.sendAll(lines.stream().map(line -> record(topics, line.split(" "))).toList());
  }

  private static String line(String role, ConsumerRecord<byte[], byte[]> record) {
    var headers =
        Stream.of(record.headers().toArray())
            .map(header -> header.key() + ":" + text(header.value()))
            .collect(Collectors.joining(","));
    return "%s %d %s %s %s"
        .formatted(
            role, record.partition(), text(record.key()), text(record.value()), headers + ",");
  }

  private static ProducerRecord<byte[], byte[]> record(Map<String, String> topics, String[] words) {
    return new ProducerRecord<>(
        topics.get(words[0]),
        Integer.parseInt(words[1]),
        bytes(words[2]),
        bytes(words[3]),
        headers(words[4]));
  }

  private static List<Header> headers(String text) {
    return Stream.of(text.split(","))
        .filter(word -> !word.isEmpty())
        .map(word -> word.split(":", 2))
        .<Header>map(word -> new RecordHeader(word[0], bytes(word[1])))
        .toList();
  }

  private static String text(byte[] value) {
    return value == null ? NULL : "b" + Base64.getEncoder().encodeToString(value);
  }

  private static byte[] bytes(String text) {
    return text.equals(NULL) ? null : Base64.getDecoder().decode(text.substring(1));
  }
}
