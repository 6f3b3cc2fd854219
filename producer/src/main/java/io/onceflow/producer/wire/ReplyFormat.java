package io.onceflow.producer.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.onceflow.producer.wire.Json.Fields;
import io.onceflow.producer.wire.MessageReply.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A reply as a Kafka record: the key is the producer, so that a producer's replies are in one
 * partition; the value is a JSON object. Its field {@code type} says which one; fields that are not
 * known are ignored, so that a newer job can tell more.
 *
 * <pre>{@code
 * {"type":"message","producer":"shop","sequence":7,"id":"o-7","status":"APPLIED","code":"ok","attempts":1,"atMs":1790000000000,"repeated":false}
 * {"type":"progress","producer":"shop","upTo":5,"selective":[[7,9],[11,11]],"missing":[[6,6]],"atMs":1790000000200}
 * }</pre>
 */
public final class ReplyFormat {

  private static final String MESSAGE = "message";
  private static final String PROGRESS = "progress";

  private ReplyFormat() {}

  /** The record of a reply. */
  public static ProducerRecord<byte[], byte[]> record(String topic, Reply reply) {
    return new ProducerRecord<>(
        topic, reply.producer().getBytes(StandardCharsets.UTF_8), bytes(reply));
  }

  /** The JSON of a reply. */
  public static byte[] bytes(Reply reply) {
    return Json.write(
        out -> {
          if (reply instanceof MessageReply message) {
            write(message, out);
          } else {
            write((ProgressReply) reply, out);
          }
        });
  }

  private static void write(MessageReply reply, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("type", MESSAGE);
    out.writeStringField("producer", reply.producer());
    out.writeNumberField("sequence", reply.sequence());
    out.writeStringField("id", reply.id());
    out.writeStringField("status", reply.status().name());
    out.writeStringField("code", reply.code());
    out.writeNumberField("attempts", reply.attempts());
    out.writeNumberField("atMs", reply.atMs());
    out.writeBooleanField("repeated", reply.repeated());
    out.writeEndObject();
  }

  private static void write(ProgressReply reply, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("type", PROGRESS);
    out.writeStringField("producer", reply.producer());
    out.writeNumberField("upTo", reply.upTo());
    write("selective", reply.selective(), out);
    write("missing", reply.missing(), out);
    out.writeNumberField("atMs", reply.atMs());
    out.writeEndObject();
  }

  private static void write(String name, List<SequenceRange> ranges, JsonGenerator out)
      throws IOException {
    out.writeArrayFieldStart(name);
    for (SequenceRange range : ranges) {
      out.writeArray(new long[] {range.first(), range.last()}, 0, 2);
    }
    out.writeEndArray();
  }

  /**
   * Reads the value of a reply.
   *
   * @throws MalformedException when it is none, or of a type that this release does not know
   */
  public static Reply read(byte[] json) throws MalformedException {
    Fields fields = Fields.of(Json.read(json));
    String type = fields.text("type");
    return switch (type) {
      case MESSAGE -> message(fields);
      case PROGRESS -> progress(fields);
      default ->
          throw new MalformedException("unknown_reply", "There is no reply of type " + type + ".");
    };
  }

  private static MessageReply message(Fields fields) throws MalformedException {
    return new MessageReply(
        fields.text("producer"),
        fields.number("sequence"),
        fields.text("id"),
        status(fields.text("status")),
        fields.text("code"),
        (int) fields.number("attempts"),
        fields.number("atMs"),
        fields.flag("repeated"));
  }

  private static Status status(String name) throws MalformedException {
    try {
      return Status.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("unknown_reply", "There is no status " + name + ".", e);
    }
  }

  private static ProgressReply progress(Fields fields) throws MalformedException {
    return new ProgressReply(
        fields.text("producer"),
        fields.number("upTo"),
        ranges(fields.list("selective")),
        ranges(fields.list("missing")),
        fields.number("atMs"));
  }

  /** Ascending and without overlaps, which whoever looks a number up relies on. */
  private static List<SequenceRange> ranges(List<?> pairs) throws MalformedException {
    List<SequenceRange> ranges = new ArrayList<>(pairs.size());
    long before = 0;
    for (Object pair : pairs) {
      if (!(pair instanceof List<?> two)
          || two.size() != 2
          || !(two.get(0) instanceof Long first)
          || !(two.get(1) instanceof Long last)
          || first <= before
          || last < first) {
        throw new MalformedException("malformed_json", "A list of ranges is out of order.");
      }
      ranges.add(new SequenceRange(first, last));
      before = last;
    }
    return ranges;
  }
}
