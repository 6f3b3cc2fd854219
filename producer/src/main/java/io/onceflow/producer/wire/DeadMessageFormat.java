package io.onceflow.producer.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.onceflow.producer.wire.Json.Fields;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * A dead letter of selective retry as a Kafka record: the record of the message as {@link
 * MessageFormat} makes it, with the reason, the times and the history in further headers. It has no
 * timestamp of its own: the topic's retention counts from when the letter was written.
 *
 * <p>A dead letter is larger than its message by up to 1 KiB per failed attempt. The topic's {@code
 * max.message.bytes} must leave room for that.
 */
public final class DeadMessageFormat {

  private DeadMessageFormat() {}

  /** The record of a dead letter. */
  public static ProducerRecord<byte[], byte[]> record(String topic, DeadMessage letter) {
    Message message = letter.message();
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            topic, message.key().getBytes(StandardCharsets.UTF_8), message.payload());
    Headers headers = record.headers();
    MessageFormat.write(message, headers);
    WireHeaders.add(headers, WireHeaders.REASON, letter.reason());
    WireHeaders.add(headers, WireHeaders.ARRIVED, Long.toString(letter.arrivedMs()));
    WireHeaders.add(headers, WireHeaders.ENDED, Long.toString(letter.endedMs()));
    headers.add(WireHeaders.ATTEMPTS, history(letter.failures()));
    return record;
  }

  private static byte[] history(List<FailedTry> failures) {
    return Json.write(
        out -> {
          out.writeStartArray();
          for (FailedTry failure : failures) {
            write(failure, out);
          }
          out.writeEndArray();
        });
  }

  private static void write(FailedTry failure, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeNumberField("number", failure.number());
    out.writeNumberField("startedMs", failure.startedMs());
    out.writeNumberField("endedMs", failure.endedMs());
    out.writeBooleanField("known", failure.known());
    out.writeStringField("dependency", failure.dependency());
    out.writeStringField("code", failure.code());
    out.writeStringField("detail", failure.detail());
    out.writeEndObject();
  }

  /** Whether a record is a dead letter of selective retry and not one of a decoder. */
  public static boolean isOne(Headers headers) {
    return headers.lastHeader(WireHeaders.ATTEMPTS) != null
        && headers.lastHeader(WireHeaders.PRODUCER) != null;
  }

  /**
   * Reads a dead letter.
   *
   * @throws MalformedException when the record is none; a dead letter of a decoder is none either
   */
  public static DeadMessage read(byte[] key, byte[] value, Headers headers)
      throws MalformedException {
    if (!isOne(headers)) {
      throw new MalformedException(
          "no_dead_message",
          "The record is no dead letter of selective retry: it lacks the header %s or %s."
              .formatted(WireHeaders.ATTEMPTS, WireHeaders.PRODUCER));
    }
    Message message = MessageFormat.read(key, value, headers, 0, true);
    String reason = WireHeaders.text(headers, WireHeaders.REASON);
    return new DeadMessage(
        message,
        reason == null ? "" : reason,
        WireHeaders.number(headers, WireHeaders.ARRIVED, "0"),
        WireHeaders.number(headers, WireHeaders.ENDED, "0"),
        failures(headers.lastHeader(WireHeaders.ATTEMPTS).value()));
  }

  private static List<FailedTry> failures(byte[] json) throws MalformedException {
    if (!(Json.read(json) instanceof List<?> all)) {
      throw new MalformedException(
          "malformed_json", "The header %s is no JSON array.".formatted(WireHeaders.ATTEMPTS));
    }
    List<FailedTry> failures = new ArrayList<>(all.size());
    for (Object one : all) {
      Fields fields = Fields.of(one);
      failures.add(
          new FailedTry(
              (int) fields.number("number"),
              fields.number("startedMs"),
              fields.number("endedMs"),
              fields.flag("known"),
              fields.text("dependency"),
              fields.text("code"),
              fields.text("detail")));
    }
    return failures;
  }
}
