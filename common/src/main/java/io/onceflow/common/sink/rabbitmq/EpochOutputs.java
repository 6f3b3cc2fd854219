package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;

/** An epoch's messages in their order, each with its number among those of its target. */
final class EpochOutputs {

  private static final int BUFFER_BYTES = 64 << 10;

  private final Epoch epoch;
  private final SegmentReader segments;

  EpochOutputs(Epoch epoch, SegmentReader segments) {
    this.epoch = epoch;
    this.segments = segments;
  }

  /** Takes one message. */
  interface Taker {
    /**
     * @param target index into the store's targets
     * @param number of the message, from 0, within epoch and target
     */
    void take(int target, long number, RabbitMqOutput output) throws StoreException, IOException;
  }

  /** The message's own id, or one that is the same whenever the message is published. */
  static String messageId(Epoch epoch, int target, long number, RabbitMqOutput output) {
    return output.messageId() != null
        ? output.messageId()
        : "%s.%d.%d".formatted(epoch.transactionId(), target, number);
  }

  /** Rows of every target. */
  static long[] rows(Epoch epoch, int targets) {
    var rows = new long[targets];
    epoch.parts().forEach(part -> rows[part.target()] += part.rows());
    return rows;
  }

  /** Reads every part to its end, where length and checksum are compared. */
  void verify() throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (var part : epoch.parts()) {
      try (var in = segments.open(part)) {
        while (in.read(buffer) >= 0) {
          // The stream itself counts and sums.
          continue;
        }
      }
    }
  }

  void forEach(int targets, Taker taker) throws StoreException, IOException {
    var numbers = new long[targets];
    for (var part : epoch.parts()) {
      var target = part.target();
      try (var in =
          new DataInputStream(new BufferedInputStream(segments.open(part), BUFFER_BYTES))) {
        for (var output = OutputFormat.read(in); output != null; output = OutputFormat.read(in)) {
          taker.take(target, numbers[target]++, output);
        }
      }
      CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
    }
  }
}
