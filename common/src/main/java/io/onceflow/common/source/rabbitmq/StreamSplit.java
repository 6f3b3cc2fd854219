package io.onceflow.common.source.rabbitmq;

import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A stream, or one partition of a super stream, and how far it was read.
 *
 * @param stream its name
 * @param next the offset to read next, or {@link #UNKNOWN} before the first message
 * @param stop the offset at which a bounded read ends, or {@link #UNKNOWN}, or {@link #UNBOUNDED}
 */
public record StreamSplit(String stream, long next, long stop) implements SourceSplit {

  /** Not known yet. */
  static final long UNKNOWN = -1;

  /** The read has no end. */
  static final long UNBOUNDED = -2;

  static StreamSplit untouched(String stream, boolean bounded) {
    return new StreamSplit(stream, UNKNOWN, bounded ? UNKNOWN : UNBOUNDED);
  }

  @Override
  public String splitId() {
    return stream;
  }
}
