package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.stream.Constants;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.Producer;
import com.rabbitmq.stream.StreamException;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Publishes to streams. An epoch has publishing ids of its own, reserved in the sink's record
 * before the first message is sent: whoever sends one of them sends the same message, and the
 * broker takes each once. Where an epoch was left, the broker itself tells.
 */
final class StreamPublisher implements Publisher {

  /** In place of the priority that messages of streams do not have. */
  static final String PRIORITY = "priority";

  private static final String NEXT = "next";
  private static final String SENT = "sent";
  private static final String NO_ROWS = "-";

  private final StreamLink link;
  private final List<String> streams;
  private final SinkId sinkId;

  /**
   * @param streams the targets; the last one takes dead letters
   */
  StreamPublisher(StreamLink link, List<String> streams, SinkId sinkId) {
    this.link = link;
    this.streams = streams;
    this.sinkId = sinkId;
  }

  @Override
  public void check(List<String> wrong) throws StoreException, IOException {
    for (var stream : streams) {
      if (!link.ask(streams -> streams.streamExists(stream))) {
        wrong.add(
            "The stream %s does not exist: declare it, with a retention that suits its readers."
                .formatted(stream));
      } else {
        checkRights(stream, wrong);
      }
    }
  }

  /**
   * A producer without a name leaves nothing behind. Without the right to read, the broker answers
   * that it remembers no message of ours.
   */
  private void checkRights(String stream, List<String> wrong) throws StoreException, IOException {
    checkRight(
        "write to", stream, wrong, streams -> streams.producerBuilder().stream(stream).build());
    checkRight(
        "read from",
        stream,
        wrong,
        streams ->
            streams.consumerBuilder().stream(stream)
                .offset(OffsetSpecification.next())
                .noTrackingStrategy()
                .messageHandler((context, message) -> {})
                .build());
  }

  private void checkRight(
      String right, String stream, List<String> wrong, Function<Environment, AutoCloseable> user)
      throws StoreException, IOException {
    try {
      link.ask(user).close();
    } catch (StreamException e) {
      if (!isRefused(e)) {
        throw e;
      }
      wrong.add("The user may not %s the stream %s: grant it.".formatted(right, stream));
    } catch (StoreException | IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("A stream cannot be closed", e);
    }
  }

  private static boolean isRefused(StreamException error) {
    return error.getCode() == Constants.RESPONSE_CODE_ACCESS_REFUSED;
  }

  /**
   * Ids that nobody has used: not this sink by its log, and nobody under its name by the broker,
   * which may remember more than a log that was lost.
   */
  @Override
  public String reserve(Epoch epoch, Map<String, String> values)
      throws StoreException, IOException {
    var rows = EpochOutputs.rows(epoch, streams.size());
    var notes = new ArrayList<String>();
    for (var target = 0; target < rows.length; target++) {
      if (rows[target] > 0) {
        var field = field(NEXT, epoch, target);
        var next = Long.parseLong(values.getOrDefault(field, "1"));
        var base = Math.max(next, lastId(epoch, target) + 1);
        values.put(field, Long.toString(base + rows[target]));
        notes.add(base + "@" + streams.get(target));
      } else {
        notes.add(NO_ROWS);
      }
    }
    return String.join(",", notes);
  }

  private long lastId(Epoch epoch, int target) throws StoreException, IOException {
    var producer = producer(epoch, target);
    return link.ask(ignored -> producer.getLastPublishingId());
  }

  private Producer producer(Epoch epoch, int target) throws StoreException, IOException {
    return link.producer(streams.get(target), producerName(epoch));
  }

  /** By stream: a configuration may name its streams in another order after an epoch. */
  private String field(String what, Epoch epoch, int target) {
    return "%s.%d.%s".formatted(what, epoch.subtask(), streams.get(target));
  }

  @Override
  public long publish(Epoch epoch, String note, Map<String, String> values, SegmentReader segments)
      throws StoreException, IOException {
    var rows = EpochOutputs.rows(epoch, streams.size());
    var bases = bases(epoch, note);
    var producers = new Producer[rows.length];
    var done = new long[rows.length];
    for (var target = 0; target < rows.length; target++) {
      if (rows[target] > 0) {
        producers[target] = producer(epoch, target);
        var last = lastId(epoch, target);
        requireNotLost(epoch, target, last, values);
        requireOurs(epoch, target, last, bases[target] + rows[target] - 1);
        // The last one is sent again: its confirmation says that all before it are kept too.
        done[target] = Math.max(0, last - bases[target]);
      }
    }
    var sends = new StreamSends(link);
    Map<Producer, Message> ends = new LinkedHashMap<>();
    new EpochOutputs(epoch, segments)
        .forEach(
            rows.length,
            (target, number, output) -> {
              if (number < done[target]) {
                return;
              }
              var place = new Place(epoch, target, number, rows[target], bases[target]);
              var message = message(producers[target], place, signed(target, output));
              if (place.isEnd()) {
                ends.put(producers[target], message);
              } else {
                sends.send(producers[target], message);
              }
            });
    sends.await();
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    // Whoever waits for ends sees the epoch appear in all streams at nearly the same time.
    for (var end : ends.entrySet()) {
      sends.send(end.getKey(), end.getValue());
    }
    sends.await();
    return rows[rows.length - 1];
  }

  private void requireOurs(Epoch epoch, int target, long last, long end) throws StoreException {
    if (last > end) {
      throw RabbitMqErrors.system(
          "The stream %s has messages of %s behind those of the epoch of checkpoint %d: somebody else uses the name. Nothing was sent. Start with a new sink id."
              .formatted(streams.get(target), producerName(epoch), epoch.checkpointId()));
    }
  }

  private RabbitMqOutput signed(int target, RabbitMqOutput output) {
    return target == streams.size() - 1 ? DeadLetters.signed(output, sinkId.value()) : output;
  }

  private String producerName(Epoch epoch) {
    return "%s.%d".formatted(sinkId, epoch.subtask());
  }

  /** The broker forgets a name when a stream is deleted, or when 255 others have come since. */
  private void requireNotLost(Epoch epoch, int target, long last, Map<String, String> values)
      throws StoreException {
    var sent = Long.parseLong(values.getOrDefault(field(SENT, epoch, target), "0"));
    if (last < sent) {
      throw RabbitMqErrors.system(
          ("The stream %s has taken %d messages of %s, but the broker remembers %d: it was deleted and made again, or more than"
                  + " 255 producers have names on it. Nothing was sent. Start with a new sink id, or bring the stream back.")
              .formatted(streams.get(target), sent, producerName(epoch), last));
    }
  }

  /** Of a message: which one of which epoch in which target, and where the epoch's ids begin. */
  private record Place(Epoch epoch, int target, long number, long rows, long firstId) {
    boolean isEnd() {
      return number == rows - 1;
    }
  }

  private static Message message(Producer producer, Place place, RabbitMqOutput output) {
    var builder =
        producer
            .messageBuilder()
            .publishingId(place.firstId() + place.number())
            .addData(output.body());
    var properties =
        builder
            .properties()
            .messageId(
                EpochOutputs.messageId(place.epoch(), place.target(), place.number(), output));
    if (output.correlationId() != null) {
      properties.correlationId(output.correlationId());
    }
    if (output.replyTo() != null) {
      properties.replyTo(output.replyTo());
    }
    if (output.contentType() != null) {
      properties.contentType(output.contentType());
    }
    if (output.timestampMs() >= 0) {
      properties.creationTime(output.timestampMs());
    }
    var headers = properties.messageBuilder().applicationProperties();
    output.headers().forEach(headers::entry);
    if (output.priority() >= 0) {
      headers.entry(PRIORITY, Integer.toString(output.priority()));
    }
    headers.entry(OutputRules.EPOCH, place.epoch().transactionId());
    if (place.isEnd()) {
      headers.entry(OutputRules.LAST, place.rows());
    }
    return headers.messageBuilder().build();
  }

  @Override
  public void confirm(Epoch epoch, String note, Map<String, String> values) throws StoreException {
    var rows = EpochOutputs.rows(epoch, streams.size());
    var bases = bases(epoch, note);
    for (var target = 0; target < rows.length; target++) {
      if (rows[target] > 0) {
        values.put(field(SENT, epoch, target), Long.toString(bases[target] + rows[target] - 1));
      }
    }
  }

  /** Where the ids of an epoch begin in each stream; the streams must be those of its beginning. */
  private long[] bases(Epoch epoch, String note) throws StoreException {
    var rows = EpochOutputs.rows(epoch, streams.size());
    var notes = note.split(",");
    var bases = new long[rows.length];
    for (var target = 0; target < rows.length; target++) {
      var words = target < notes.length ? notes[target].split("@", 2) : new String[] {NO_ROWS};
      if (rows[target] > 0) {
        if (words.length < 2 || !words[1].equals(streams.get(target))) {
          throw RabbitMqErrors.system(
              "The epoch of checkpoint %d was begun for the streams %s, and the sink has %s: set them back until it is committed."
                  .formatted(epoch.checkpointId(), note, streams));
        }
        bases[target] = Long.parseLong(words[0]);
      }
    }
    return bases;
  }

  @Override
  public void drop() {
    // The session drops the link.
  }

  @Override
  public void abort() {
    // The session aborts the link.
  }

  @Override
  public void close() {
    drop();
  }
}
