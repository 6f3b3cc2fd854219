package io.onceflow.common.source.rabbitmq;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The ids by which a queue's messages are told from ones that were emitted already. Task thread.
 *
 * <p>An id is in one of two sets, each bounded by the window:
 *
 * <ul>
 *   <li><b>recent</b>: the last ids that were delivered, oldest first. It finds what a producer
 *       sent twice.
 *   <li><b>expected</b>: ids whose message may still come back. A server that loses a connection
 *       delivers again what it holds for unacknowledged: never more than the prefetch, and always
 *       the last ones of the connection, because acknowledgements are cumulative. So these are
 *       moved here when a connection ends, and out when they are seen. They do not age: behind
 *       messages of a higher priority a message may come back at any time.
 * </ul>
 *
 * <p>The window holds the prefetch at least, so in a queue that delivers returned messages first
 * nothing that may come back has been forgotten. Where they can be overtaken, by priorities, a
 * window of n prefetches remembers what n lost connections have left behind. Only when there are
 * more are the oldest forgotten, and counted; most of these will have been acknowledged, as nobody
 * hears whether the last acknowledgements of a connection arrived.
 */
final class SeenIds {

  private final int window;
  private final int prefetch;
  private final LinkedHashSet<MessageHash> recent = new LinkedHashSet<>();
  private final LinkedHashSet<MessageHash> expected = new LinkedHashSet<>();
  private int onConnection;
  private long forgotten;

  /**
   * @param window how many ids either set holds, at least the prefetch
   * @param prefetch how many messages are unacknowledged at most
   */
  SeenIds(int window, int prefetch) {
    if (prefetch < 1 || window < prefetch) {
      throw new IllegalArgumentException(
          "A window of %d ids does not hold a prefetch of %d.".formatted(window, prefetch));
    }
    this.window = window;
    this.prefetch = prefetch;
  }

  /** Notes a delivery; whether it is the first one of its id. */
  boolean add(MessageHash id) {
    boolean wasExpected = expected.remove(id);
    boolean wasRecent = recent.remove(id);
    recent.add(id);
    trim(recent);
    onConnection = Math.min(prefetch, onConnection + 1);
    return !wasExpected && !wasRecent;
  }

  /** The connection is gone: what was delivered last may be delivered again. */
  void connectionLost() {
    for (MessageHash id : last()) {
      recent.remove(id);
      expected.remove(id);
      expected.add(id);
    }
    forgotten += trim(expected);
    onConnection = 0;
  }

  private int trim(LinkedHashSet<MessageHash> ids) {
    int surplus = Math.max(0, ids.size() - window);
    Iterator<MessageHash> oldest = ids.iterator();
    for (int i = 0; i < surplus; i++) {
      oldest.next();
      oldest.remove();
    }
    return surplus;
  }

  /** Those of this connection that may come back. */
  private List<MessageHash> last() {
    var last = new ArrayList<MessageHash>(onConnection);
    int older = older();
    for (MessageHash id : recent) {
      if (older-- <= 0) {
        last.add(id);
      }
    }
    return last;
  }

  private int older() {
    return Math.max(0, recent.size() - onConnection);
  }

  /** How many expected ids were forgotten because there were too many. */
  long forgotten() {
    return forgotten;
  }

  int size() {
    return recent.size() + expected.size();
  }

  /** What a checkpoint keeps: to whoever restores it the connection is lost. */
  Snapshot snapshot() {
    var mayComeBack = new ArrayList<>(expected);
    mayComeBack.addAll(last());
    return new Snapshot(bytes(mayComeBack, mayComeBack.size()), bytes(recent, older()));
  }

  /** Takes over what a checkpoint kept, also with another window or prefetch. */
  void restore(Snapshot snapshot) {
    read(snapshot.expected(), expected);
    read(snapshot.recent(), recent);
    trim(recent);
    forgotten += trim(expected);
  }

  private static byte[] bytes(Iterable<MessageHash> ids, int count) {
    var bytes = ByteBuffer.allocate(count * MessageHash.BYTES);
    Iterator<MessageHash> first = ids.iterator();
    for (int i = 0; i < count; i++) {
      MessageHash id = first.next();
      bytes.putLong(id.high()).putLong(id.low());
    }
    return bytes.array();
  }

  private static void read(byte[] bytes, LinkedHashSet<MessageHash> ids) {
    var in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining()) {
      ids.add(new MessageHash(in.getLong(), in.getLong()));
    }
  }

  /**
   * The ids of a checkpoint, 16 bytes each, oldest first.
   *
   * @param expected what may come back
   * @param recent what came before
   */
  record Snapshot(byte[] expected, byte[] recent) {

    static final Snapshot NONE = new Snapshot(new byte[0], new byte[0]);

    Snapshot {
      if (expected.length % MessageHash.BYTES != 0 || recent.length % MessageHash.BYTES != 0) {
        throw new IllegalArgumentException("Ids have 16 bytes each.");
      }
    }
  }
}
