package io.onceflow.testbed.servers;

import io.onceflow.testbed.servers.TcpProxy.Cut;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** One client's connection through a proxy: two sockets, a thread for each direction. */
final class ProxiedConnection {
  private static final int PIECE_BYTES = 64 * 1024;

  private final Socket client;
  private final Socket server;
  private final ProxyFaults faults;
  private final ClientRequests statements;
  private final Consumer<ProxiedConnection> whenOver;
  private final AtomicBoolean over = new AtomicBoolean();
  private final CountDownLatch halves = new CountDownLatch(2);
  private final Set<Direction> holed = ConcurrentHashMap.newKeySet();
  private volatile LostReply lostReply;

  /**
   * The direction whose bytes are dropped until {@code end} is seen, then the connection is cut.
   */
  private record LostReply(Direction direction, BytePattern.Search end, Cut cut) {}

  /**
   * A connection between two connected sockets.
   *
   * @param statements follows the requests of the client; null when nobody asks for them
   * @param whenOver told once when the connection has ended
   */
  ProxiedConnection(
      Socket client,
      Socket server,
      ProxyFaults faults,
      ClientRequests statements,
      Consumer<ProxiedConnection> whenOver) {
    this.client = client;
    this.server = server;
    this.faults = faults;
    this.statements = statements;
    this.whenOver = whenOver;
  }

  void start() {
    thread(Direction.CLIENT_TO_SERVER, client, server).start();
    thread(Direction.SERVER_TO_CLIENT, server, client).start();
  }

  /** True when bytes were dropped: what follows them would make no sense to the other side. */
  boolean hasLostBytes() {
    return !holed.isEmpty();
  }

  void cut(Cut cut) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    for (Socket socket : List.of(client, server)) {
      try {
        if (cut == Cut.RST) {
          socket.setSoLinger(true, 0);
        }
        socket.close();
      } catch (IOException alreadyGone) {
        // The other side was faster; cut is what was wanted.
        over.set(true);
      }
    }
    whenOver.accept(this);
  }

  private Thread thread(Direction direction, Socket from, Socket to) {
    Thread thread =
        new Thread(() -> run(direction, from, to), "proxy-" + from.getPort() + "-" + direction);
    thread.setDaemon(true);
    return thread;
  }

  private void run(Direction direction, Socket from, Socket to) {
    try {
      pump(direction, from, to);
      halves.countDown();
      if (halves.getCount() == 0) {
        cut(Cut.FIN);
      }
    } catch (IOException ended) {
      cut(Cut.RST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cut(Cut.RST);
    }
  }

  private void pump(Direction direction, Socket from, Socket to)
      throws IOException, InterruptedException {
    byte[] piece = new byte[PIECE_BYTES];
    Map<ProxyTrigger, BytePattern.Search> searches = new HashMap<>();
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
      faults.pieces(direction).incrementAndGet();
      List<ProxyAction> actions = actions(direction, searches, piece, length);
      for (ProxyAction action : actions) {
        before(action, direction);
      }
      forward(direction, out, piece, length);
      for (ProxyAction action : actions) {
        if (action instanceof ProxyAction.RunAfter after) {
          after.code().run();
        }
      }
    }
    faults.admits(direction);
    to.shutdownOutput();
  }

  private List<ProxyAction> actions(
      Direction direction,
      Map<ProxyTrigger, BytePattern.Search> searches,
      byte[] piece,
      int length) {
    // Followed even without a trigger: the names of prepared statements come once.
    List<String> executed =
        direction == Direction.CLIENT_TO_SERVER && statements != null
            ? statements.executedIn(piece, length)
            : List.of();
    List<ProxyAction> actions = new ArrayList<>();
    for (ProxyTrigger trigger : faults.triggers(direction)) {
      BytePattern.Search search = searches.computeIfAbsent(trigger, ProxyTrigger::search);
      boolean seen =
          search == null
              ? trigger.isPieceReached() || executed.stream().anyMatch(trigger::wants)
              : search.foundIn(piece, length);
      if (seen && trigger.fire()) {
        actions.add(trigger.action());
      }
    }
    return actions;
  }

  private void before(ProxyAction action, Direction direction) throws IOException {
    if (action instanceof ProxyAction.LoseRequest lost) {
      cut(lost.cut());
      throw new IOException("The request is lost on purpose.");
    }
    if (action instanceof ProxyAction.LoseReply lost) {
      lostReply = new LostReply(direction.opposite(), lost.endOfReply().search(), lost.cut());
    }
    if (action instanceof ProxyAction.RunBefore before) {
      before.code().run();
    }
  }

  private void forward(Direction direction, OutputStream out, byte[] piece, int length)
      throws IOException, InterruptedException {
    LostReply lost = lostReply;
    if (lost != null && lost.direction() == direction) {
      holed.add(direction);
      if (lost.end().foundIn(piece, length)) {
        cut(lost.cut());
      }
    } else if (!faults.admits(direction)) {
      holed.add(direction);
    } else if (holed.contains(direction)) {
      throw new IOException("Bytes were lost before these; the stream has a hole.");
    } else {
      out.write(piece, 0, length);
    }
  }
}
