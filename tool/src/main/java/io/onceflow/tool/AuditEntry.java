package io.onceflow.tool;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What was done with one dead letter: a record of the audit topic, as a JSON object.
 *
 * @param action {@link #REDRIVEN} or {@link #DISCARDED}
 * @param letter which letter
 * @param id the message's idempotency key
 * @param producer who sent the message first
 * @param sequence that producer's number of it
 * @param reason why it was a dead letter
 * @param user the operating system's user
 * @param run the run of the tool
 * @param atMs when, in milliseconds since 1970
 * @param because why, in the words of who did it
 * @param redriven where the message went, or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record AuditEntry(
    String action,
    Place letter,
    String id,
    String producer,
    long sequence,
    String reason,
    String user,
    String run,
    long atMs,
    String because,
    Target redriven) {

  static final String REDRIVEN = "redriven";
  static final String DISCARDED = "discarded";

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * A place in a topic.
   *
   * @param topicId tells a topic from one of the same name that was made later
   */
  record Place(String topic, String topicId, int partition, long offset) {

    @Override
    public String toString() {
      return "%s/%d/%d".formatted(topic, partition, offset);
    }
  }

  /** The message's new life: its topic, its new producer and number, its priority. */
  record Target(String topic, String producer, long sequence, int priority) {}

  byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (IOException e) {
      throw new UncheckedIOException("An audit record has no JSON form.", e);
    }
  }

  /**
   * Reads a record's value.
   *
   * @throws IOException when it is none
   */
  static AuditEntry read(byte[] json) throws IOException {
    var entry = json == null ? null : JSON.readValue(json, AuditEntry.class);
    if (entry == null || entry.action == null || entry.letter == null) {
      throw new IOException("It is no audit record of dead letters.");
    }
    return entry;
  }
}
