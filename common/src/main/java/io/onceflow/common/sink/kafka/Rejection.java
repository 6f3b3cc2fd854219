package io.onceflow.common.sink.kafka;

import io.onceflow.common.config.OneLine;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Why a record is not written to its topic, and the record that is written to the reject topic in
 * its place: key and value as they were, as far as they fit, and in headers (UTF-8 text) where the
 * record should have gone, and why it did not.
 *
 * @param code stable, for machines
 * @param detail one sentence
 */
record Rejection(String code, String detail) {

  /** Names the sink; put on every letter when it is sent. */
  static final String SINK = "onceflow-sink";

  private static final String TOPIC = "onceflow-topic";
  private static final String PARTITION = "onceflow-partition";
  private static final String TIMESTAMP = "onceflow-timestamp";
  private static final String REASON = "onceflow-reason";
  private static final String DETAIL = "onceflow-detail";
  private static final String CUT = "onceflow-bytes-cut";

  /** The record for the reject topic, with key and value whole. */
  ProducerRecord<byte[], byte[]> letter(String rejectTopic, ProducerRecord<byte[], byte[]> record) {
    var letter = new ProducerRecord<>(rejectTopic, record.key(), record.value());
    put(letter, TOPIC, record.topic());
    if (record.partition() != null) {
      put(letter, PARTITION, record.partition().toString());
    }
    if (record.timestamp() != null) {
      put(letter, TIMESTAMP, record.timestamp().toString());
    }
    put(letter, REASON, code);
    put(letter, DETAIL, OneLine.of(detail));
    return letter;
  }

  /** The same letter, with key and value cut by a number of bytes, the value first. */
  static ProducerRecord<byte[], byte[]> cut(ProducerRecord<byte[], byte[]> letter, long bytes) {
    var cut = bytes + CUT.length() * 3L + 40;
    var value = shortened(letter.value(), cut);
    var key = shortened(letter.key(), cut - length(letter.value()));
    var lost = length(letter.key()) + length(letter.value()) - length(key) - length(value);
    var shorter =
        new ProducerRecord<>(
            letter.topic(), letter.partition(), letter.timestamp(), key, value, letter.headers());
    put(shorter, CUT, Long.toString(lost));
    return shorter;
  }

  /** The same letter without what was in key and value. */
  static ProducerRecord<byte[], byte[]> headersOf(ProducerRecord<byte[], byte[]> letter) {
    return cut(letter, (long) length(letter.key()) + length(letter.value()));
  }

  private static void put(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    letter.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] shortened(byte[] bytes, long cut) {
    if (bytes == null || cut <= 0) {
      return bytes;
    }
    return Arrays.copyOf(bytes, (int) Math.max(0, bytes.length - cut));
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
