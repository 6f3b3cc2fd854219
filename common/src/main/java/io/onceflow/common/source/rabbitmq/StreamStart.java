package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.OffsetSpecification;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;

/**
 * Where a stream is read from when no checkpoint knows a position.
 *
 * @param kind which of the five
 * @param value the offset, the time in milliseconds, or 0
 */
public record StreamStart(Kind kind, long value) implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What a start is relative to. */
  public enum Kind {
    /** The oldest message that the stream still has. */
    FIRST,
    /** The newest chunk, which holds the newest message and perhaps some before it. */
    LAST,
    /** What is published from now on. */
    NEXT,
    /** An offset. */
    OFFSET,
    /** A time; the server finds the first chunk that is not older. */
    TIMESTAMP
  }

  /**
   * @throws IllegalArgumentException when an offset or time is negative
   */
  public StreamStart {
    Objects.requireNonNull(kind, "kind");
    if (value < 0) {
      throw new IllegalArgumentException(
          "A stream cannot be read from %s %d: it is negative.".formatted(kind, value));
    }
  }

  /** From the oldest message that the stream still has. */
  public static StreamStart first() {
    return new StreamStart(Kind.FIRST, 0);
  }

  /** From the newest chunk on. */
  public static StreamStart last() {
    return new StreamStart(Kind.LAST, 0);
  }

  /** From what is published after the reader has begun. */
  public static StreamStart next() {
    return new StreamStart(Kind.NEXT, 0);
  }

  /** From an offset on, or from the oldest message if that is newer. */
  public static StreamStart offset(long offset) {
    return new StreamStart(Kind.OFFSET, offset);
  }

  /** From the first chunk that the server took at this time or later. */
  public static StreamStart timestamp(Instant time) {
    return new StreamStart(Kind.TIMESTAMP, time.toEpochMilli());
  }

  /** Whether it means something else later, and has to be an offset before reading begins. */
  boolean isRelativeToEnd() {
    return kind == Kind.LAST || kind == Kind.NEXT;
  }

  OffsetSpecification specification() {
    return switch (kind) {
      case FIRST -> OffsetSpecification.first();
      case LAST -> OffsetSpecification.last();
      case NEXT -> OffsetSpecification.next();
      case OFFSET -> OffsetSpecification.offset(value);
      case TIMESTAMP -> OffsetSpecification.timestamp(value);
    };
  }
}
