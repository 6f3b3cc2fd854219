package io.onceflow.ledger;

import java.util.UUID;

/**
 * A queue of transfer ids by the second in which they are due, kept entry by entry in a {@link
 * LedgerStore}.
 *
 * <p>A bucket per second holds ids in the order they were added. Which seconds have a bucket is a
 * tree of 64-bit words, six bits of the second per level, so adding an id, finding the next second
 * and dropping one touch at most {@value #LEVELS} words each, however far the log time jumps.
 * Nothing is ever scanned.
 */
final class DueIndex {

  /** Later than every second. */
  static final long NONE = Long.MAX_VALUE;

  /** Two queues share one store. */
  enum Queue {
    EXPIRY,
    FORGET
  }

  /**
   * 42 bits of seconds; timestamps end with the year 9999, which with the longest timeout takes 38.
   */
  private static final int LEVELS = 7;

  private static final int BITS = 6;
  private static final int INDEX_BITS = 25;
  private static final long MAX_COUNT = (1L << INDEX_BITS) - 1;
  private static final long MAX_SECOND = (1L << 38) - 1;

  private final Queue queue;

  DueIndex(Queue queue) {
    this.queue = queue;
  }

  /**
   * Adds an id and returns the second it was filed under: this one, or a later one when the bucket
   * is full.
   */
  long add(LedgerStore store, long second, UUID id) {
    long due = second;
    long count = store.word(wordKey(0, due));
    while (count == MAX_COUNT) {
      due++;
      count = store.word(wordKey(0, due));
    }
    if (due < 0 || due > MAX_SECOND) {
      throw new IllegalStateException(
          "The ledger cannot file an id under second "
              + due
              + "; the decoder must refuse timestamps after the year 9999.");
    }
    store.putSlot(slotKey(due, count), id);
    store.putWord(wordKey(0, due), count + 1);
    if (count == 0) {
      mark(store, due);
    }
    return due;
  }

  /** How many ids are filed under a second. */
  long count(LedgerStore store, long second) {
    return store.word(wordKey(0, second));
  }

  /** Takes one id out of its bucket; the bucket stays until it is dropped. */
  UUID take(LedgerStore store, long second, long index) {
    long key = slotKey(second, index);
    UUID id = store.slot(key);
    store.putSlot(key, null);
    return id;
  }

  /** Takes the id that was added last out of its bucket and makes the bucket smaller. */
  UUID pop(LedgerStore store, long second) {
    long index = count(store, second) - 1;
    store.putWord(wordKey(0, second), index);
    return take(store, second, index);
  }

  /** Forgets an emptied bucket and returns the next second that has one, or {@link #NONE}. */
  long drop(LedgerStore store, long second) {
    store.putWord(wordKey(0, second), 0);
    for (int level = 1; level <= LEVELS; level++) {
      long key = wordKey(level, second >>> (BITS * level));
      long bits = store.word(key) & ~bit(second, level);
      store.putWord(key, bits);
      if (bits != 0) {
        break;
      }
    }
    return first(store);
  }

  private void mark(LedgerStore store, long second) {
    for (int level = 1; level <= LEVELS; level++) {
      long key = wordKey(level, second >>> (BITS * level));
      long bits = store.word(key);
      store.putWord(key, bits | bit(second, level));
      if (bits != 0) {
        return;
      }
    }
  }

  private long first(LedgerStore store) {
    long prefix = 0;
    for (int level = LEVELS; level >= 1; level--) {
      long bits = store.word(wordKey(level, prefix));
      if (bits == 0) {
        return NONE;
      }
      prefix = (prefix << BITS) | Long.numberOfTrailingZeros(bits);
    }
    return prefix;
  }

  private static long bit(long second, int level) {
    return 1L << ((second >>> (BITS * (level - 1))) & 63);
  }

  private long wordKey(int level, long prefix) {
    return ((long) (queue.ordinal() * (LEVELS + 1) + level) << 56) | prefix;
  }

  private long slotKey(long second, long index) {
    return ((long) queue.ordinal() << 63) | (second << INDEX_BITS) | index;
  }
}
