package io.onceflow.testbed.chaos.check;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a reader sees of one block's output, straight at the server. Each instance is used by one
 * thread; a server that is away shows as an exception.
 */
public interface StoreView extends AutoCloseable {

  /**
   * A row that is visible.
   *
   * @param place orders rows as they were written: an id, or partition and offset
   * @param epoch the number that its marker has in the store, or null when rows do not say
   */
  record Row(
      long place, int key, long seq, int leg, int account, long amount, long crc, Long epoch) {}

  /**
   * A marker that is visible.
   *
   * @param id the transaction's
   * @param epoch the store's number, unique
   * @param decision PREPARED: the epoch that the transaction belongs to, or null
   * @param lineage null before its epoch is finished
   * @param checkpoint null before its epoch is finished
   * @param previous the checkpoint of the epoch before, or null when the store does not say
   * @param rows rows that it covers; of {@code legs}, not of upserts
   */
  record MarkerRow(
      String id,
      long epoch,
      String decision,
      String lineage,
      Long checkpoint,
      Long previous,
      long rows) {}

  /**
   * What one snapshot shows.
   *
   * @param fromStart whether the rows are all rows, and not only those since the last {@link
   *     #settle}
   * @param rows visible rows
   * @param markers all visible markers, in the order of their commits; empty with a peer
   * @param problems what is wrong with the store's own records of the history, as sentences
   */
  record Seen(boolean fromStart, List<Row> rows, List<MarkerRow> markers, List<String> problems) {}

  /**
   * A quick look for a watcher.
   *
   * @param rows number of visible rows
   * @param sum what they add up to; null when no snapshot shows that
   * @param torn in what else part of an epoch shows, as sentences; empty when all is whole
   * @param dirty rows of epochs that should not be visible yet, by the number of the epoch: there
   *     is no marker, or nobody has decided on the checkpoint
   */
  record Glimpse(long rows, Long sum, List<String> torn, Map<Long, Long> dirty) {}

  /** Whether rows come with markers. */
  boolean hasMarkers();

  /**
   * Everything since the last {@link #settle}, in one snapshot.
   *
   * @param patience how long the rest of a transaction is waited for, where a store shows its parts
   *     one after the other; what begins to appear meanwhile is left to the next reading
   */
  Seen read(Duration patience) throws Exception;

  /** What was read last is final: the next reading begins after it. */
  void settle();

  /** The next reading begins with the first row again. */
  void restart();

  /** Whether what is visible now is whole. */
  Glimpse glimpse() throws Exception;

  /** The balance of each account; empty when the store keeps none. */
  Optional<Map<Integer, Long>> balancesNow() throws Exception;

  /** The ids of transactions that are prepared or open. */
  Set<String> inDoubt() throws Exception;

  @Override
  void close();
}
