package io.onceflow.common.source;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A header of a Kafka record as it was read. Nobody changes the bytes.
 *
 * @param name its key
 * @param value its bytes, or null
 */
public record RawHeader(String name, byte[] value) {

  /** Of a record without headers. */
  static final RawHeader[] NONE = {};

  static RawHeader[] of(Headers headers) {
    Header[] all = headers.toArray();
    if (all.length == 0) {
      return NONE;
    }
    RawHeader[] raw = new RawHeader[all.length];
    for (int i = 0; i < all.length; i++) {
      raw[i] = new RawHeader(all[i].key(), all[i].value());
    }
    return raw;
  }

  /** Headers in the form of Kafka's client, uncopied. */
  public static Headers toKafka(RawHeader[] raw) {
    RecordHeaders headers = new RecordHeaders();
    for (RawHeader header : raw) {
      headers.add(header.name(), header.value());
    }
    return headers;
  }
}
