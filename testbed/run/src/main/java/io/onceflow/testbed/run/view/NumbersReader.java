package io.onceflow.testbed.run.view;

import io.onceflow.testbed.run.check.NumberOrder;
import java.util.LinkedHashSet;
import java.util.Set;

/** Reads a job's committed numbers as it comes and follows its order. Used by one thread. */
public final class NumbersReader implements AutoCloseable {

  private static final int SHOWN = 10;

  private final TopicCounter counter;
  private final NumberOrder order;
  private final Histogram endToEnd = new Histogram();
  private final Set<String> broken = new LinkedHashSet<>();
  private long count;

  /**
   * Starts at the topic's beginning.
   *
   * @param step from a key's number to its next one
   */
  public NumbersReader(String bootstrapServers, String topic, int step) {
    this.order = new NumberOrder(step);
    this.counter =
        new TopicCounter(
            bootstrapServers,
            topic,
            (record, isNew) -> {
              order.take(record).filter(text -> broken.size() < SHOWN).ifPresent(broken::add);
              if (isNew) {
                endToEnd.add(System.currentTimeMillis() - record.timestamp(), 1);
              }
            });
  }

  /** Reads what is new. */
  public void look() {
    count = counter.count();
  }

  /** Committed records as of the last look. */
  public long count() {
    return count;
  }

  /** Those of them that came after this reader was made. */
  public long since() {
    return counter.since();
  }

  /** What was out of order; the first few. */
  public Set<String> broken() {
    return broken;
  }

  /** The median from a record's timestamp until it was read here, in milliseconds. */
  public long p50Ms() {
    return endToEnd.percentileMs(0.5);
  }

  /** The 99th percentile of the same. */
  public long p99Ms() {
    return endToEnd.percentileMs(0.99);
  }

  @Override
  public void close() {
    counter.close();
  }
}
