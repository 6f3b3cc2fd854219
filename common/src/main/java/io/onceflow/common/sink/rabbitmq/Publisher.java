package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Publishes what was decided. One thread, except for {@link #abort}. */
interface Publisher extends AutoCloseable {

  /** Adds what is wrong with the destinations, changing nothing. */
  void check(List<String> wrong) throws StoreException, IOException;

  /**
   * What has to be known to go on with an epoch that somebody else has begun, as one word.
   *
   * @param values the sink's record, to reserve in
   */
  String reserve(Epoch epoch, Map<String, String> values) throws StoreException, IOException;

  /**
   * Publishes all messages of an epoch that are not there yet, and waits for the confirmations.
   *
   * @param note what {@link #reserve} has returned
   * @return how many of them are dead letters
   */
  long publish(Epoch epoch, String note, Map<String, String> values, SegmentReader segments)
      throws StoreException, IOException;

  /** Notes in the record that all is there. */
  void confirm(Epoch epoch, String note, Map<String, String> values) throws StoreException;

  /** Connects anew when next asked. */
  void drop();

  /** Breaks what is under way, from any thread. */
  void abort();

  @Override
  void close();
}
