package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Sends an epoch's records inside an open transaction, in the order in which they were staged:
 * those of one writer one after the other, writers one after the other. One thread.
 */
final class EpochRecords {

  /** More rejected records than this in one epoch are a broken job, not bad records. */
  static final long MAX_REJECTED = 10_000;

  private static final int READ_BYTES = 256 * 1024;

  private final Sends sends;
  private final TargetTopics topics;
  private final KafkaStore.Shape shape;
  private final OnReject onReject;
  private final Refusals refused;
  private final Set<Long> letters = new HashSet<>();
  private long ordinal;

  /**
   * @param refused what the brokers refused in earlier attempts
   */
  EpochRecords(
      Sends sends,
      TargetTopics topics,
      KafkaStore.Shape shape,
      OnReject onReject,
      Refusals refused) {
    this.sends = sends;
    this.topics = topics;
    this.shape = shape;
    this.onReject = onReject;
    this.refused = refused;
  }

  /** Records that went to the reject topic. */
  long rejected() {
    return letters.size();
  }

  /** Their numbers in the epoch. */
  Set<Long> letters() {
    return letters;
  }

  /** Returns when every record was handed to the producer, not when the broker has them. */
  void send(Epoch epoch, SegmentReader segments) throws StoreException {
    for (var part : epoch.parts()) {
      try (var in = new BufferedInputStream(segments.open(part), READ_BYTES)) {
        send(epoch, part, in);
      } catch (IOException e) {
        throw unreadable(part, e);
      }
    }
  }

  /** Reading on to the end is what checks the segment; nothing is committed before. */
  private void send(Epoch epoch, SegmentPart part, BufferedInputStream in)
      throws IOException, StoreException {
    var data = new DataInputStream(in);
    for (var row = 0L; row < part.rows() && !sends.hasFailed(); row++) {
      var record = RecordFormat.read(data);
      if (part.target() == KafkaStore.REJECTS) {
        sendLetter(epoch, record);
      } else {
        send(epoch, record);
      }
    }
    if (!sends.hasFailed() && in.read() >= 0) {
      throw new DamagedSegmentException("Segment %s holds more than its rows.".formatted(part));
    }
  }

  private void send(Epoch epoch, ProducerRecord<byte[], byte[]> record) throws StoreException {
    var known = refused.of(ordinal);
    var rejection = known == null ? topics.reject(record) : known;
    if (rejection == null) {
      sends.send(record, ordinal++);
      return;
    }
    if (onReject == OnReject.FAIL) {
      throw new StoreException(
          ErrorClass.ROW,
          "A record for topic %s is rejected (%s): %s Correct the input or the topic, or set on-reject: dead-letter (in a configuration file: reject-topic)."
              .formatted(record.topic(), rejection.code(), rejection.detail()),
          null);
    }
    sendLetter(epoch, rejection.letter(shape.rejectTopic(), record));
  }

  /** Of a record or of a value that the mapper has rejected: it has to fit in either case. */
  private void sendLetter(Epoch epoch, ProducerRecord<byte[], byte[]> letter)
      throws StoreException {
    letters.add(ordinal);
    refuseTooMany();
    letter
        .headers()
        .add(Rejection.SINK, epoch.sinkId().value().getBytes(StandardCharsets.US_ASCII));
    sends.send(fitting(letter), ordinal++);
  }

  private ProducerRecord<byte[], byte[]> fitting(ProducerRecord<byte[], byte[]> letter) {
    if (refused.isLetterRefused(ordinal)) {
      return Rejection.headersOf(letter);
    }
    var room = topics.roomForLetter(letter);
    return room >= 0 ? letter : Rejection.cut(letter, -room);
  }

  private void refuseTooMany() throws StoreException {
    if (letters.size() > MAX_REJECTED) {
      throw KafkaErrors.system(
          "More than %d records of one epoch cannot be written to their topics; the mapping or the input is wrong, and nothing of the epoch is committed."
              .formatted(MAX_REJECTED));
    }
  }

  private static StoreException unreadable(SegmentPart part, IOException e) {
    var forGood =
        e instanceof DamagedSegmentException
            || e instanceof FileNotFoundException
            || e instanceof NoSuchFileException
            || e instanceof EOFException;
    return new StoreException(
        forGood ? ErrorClass.SYSTEM : ErrorClass.TRANSIENT,
        "Segment %s of an epoch that is not committed cannot be read: %s. Nothing was committed. Bring the file back (same path, same bytes) and restart, or restore from an older checkpoint with on-rewind: accept-duplicates."
            .formatted(part, e.toString()),
        e);
  }
}
