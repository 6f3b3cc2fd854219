package io.onceflow.common.commit.conformance;

import java.io.Serializable;
import java.util.List;
import java.util.stream.LongStream;

/** The value that the suite writes. */
public sealed interface TestRow extends Serializable {

  /** The key: unique among events, repeated among balances. */
  long id();

  /** A number of the row. */
  long value();

  /** Text of up to 10,000 ASCII characters without a line break. */
  String memo();

  /** A row that is appended to a target. */
  record Event(long id, long value, String memo) implements TestRow {}

  /** A row that replaces the one with the same id; only for stores that take upserts. */
  record Balance(long id, long value, String memo) implements TestRow {}

  /** An event whose other fields follow from its id. */
  static TestRow event(long id) {
    return new Event(id, id * 10, "event " + id);
  }

  /** The events with ids from one number to another, both included. */
  static List<TestRow> events(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(TestRow::event).toList();
  }

  /** A row that replaces the one with the same id. */
  static TestRow balance(long id, long value) {
    return new Balance(id, value, "balance");
  }
}
