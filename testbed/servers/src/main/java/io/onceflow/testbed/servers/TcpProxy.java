package io.onceflow.testbed.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A TCP proxy on a loopback port that breaks on request, one direction at a time.
 *
 * <p>Faults hold for connections that exist and that come, until {@link #heal()}. Triggers look at
 * the bytes as they pass and fire once; a piece of up to 64 KiB, what one read returned, is
 * forwarded or not as a whole. Bytes are seen before they are forwarded, so an action "before"
 * happens before the other side has all of what it waits for.
 *
 * <p>Thread-safe. Threads are daemons, two for each connection.
 */
public final class TcpProxy implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Which way bytes go. */
  public enum Direction {
    CLIENT_TO_SERVER,
    SERVER_TO_CLIENT;

    public Direction opposite() {
      return this == CLIENT_TO_SERVER ? SERVER_TO_CLIENT : CLIENT_TO_SERVER;
    }
  }

  /** How a connection is cut. */
  public enum Cut {
    /** An orderly end, as of a process that exits. */
    FIN,
    /** A reset, as of a machine that crashed and came back. */
    RST
  }

  private final InetSocketAddress server;
  private final Supplier<ClientRequests> requests;
  private final int port = FreePort.next();
  private final ProxyFaults faults = new ProxyFaults();
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private ServerSocket listener;
  private Thread acceptor;

  private TcpProxy(InetSocketAddress server, Supplier<ClientRequests> requests) {
    this.server = server;
    this.requests = requests;
    listen();
  }

  public static TcpProxy to(String host, int port) {
    return new TcpProxy(new InetSocketAddress(host, port), () -> null);
  }

  /** A proxy that understands which statements clients execute, see {@link #whenStatement}. */
  public static TcpProxy to(PostgresServer server) {
    return new TcpProxy(
        new InetSocketAddress(server.host(), server.port()), PostgresStatements::new);
  }

  /** A proxy that understands which statements clients execute, see {@link #whenStatement}. */
  public static TcpProxy to(MariaDbServer server) {
    return new TcpProxy(
        new InetSocketAddress(server.host(), server.port()), MariaDbStatements::new);
  }

  /** A proxy that understands which requests clients send to Kafka, see {@link #whenRequest}. */
  public static TcpProxy toKafka(String host, int port) {
    return new TcpProxy(new InetSocketAddress(host, port), KafkaRequests::new);
  }

  public String host() {
    return InetAddress.getLoopbackAddress().getHostAddress();
  }

  public int port() {
    return port;
  }

  /** Returns the URL that leads to a PostgreSQL database through this proxy. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://%s:%d/%s".formatted(host(), port, database);
  }

  /** Returns how many connections pass at the moment. */
  public int connections() {
    return connections.size();
  }

  /** Returns how many pieces have come from one side so far, over all connections. */
  public long pieces(Direction direction) {
    return faults.pieces(direction).get();
  }

  /** Ends all connections; new ones are accepted. */
  public void cut(Cut how) {
    List.copyOf(connections).forEach(connection -> connection.cut(how));
  }

  /** Accepts no new connection, as if nothing listened; those that exist go on. */
  public synchronized void refuse() {
    try {
      listener.close();
      // The kernel goes on listening until the accept under way has returned.
      acceptor.join();
    } catch (IOException e) {
      throw new ServerException("The proxy's port " + port + " could not be closed.", e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("the proxy's port " + port + " to close", e);
    }
  }

  /**
   * Holds every piece of a direction back for this long. Pieces wait one after the other, so this
   * also limits the rate to 64 KiB in each delay.
   */
  public void delay(Direction direction, Duration each) {
    faults.delay(direction, each);
  }

  /** Reads and drops all bytes of a direction: requests or replies are lost. */
  public void swallow(Direction direction) {
    faults.pass(direction, ProxyFaults.Passage.SWALLOW);
  }

  /** Keeps all bytes of a direction until healed, as a network partition does. */
  public void hold(Direction direction) {
    faults.pass(direction, ProxyFaults.Passage.HOLD);
  }

  /**
   * Ends all faults and disarms all triggers. Connections that lost bytes are cut: TCP never
   * delivers a stream with a hole, so neither does this.
   */
  public synchronized void heal() {
    faults.heal();
    connections.stream()
        .filter(ProxiedConnection::hasLostBytes)
        .toList()
        .forEach(holed -> holed.cut(Cut.RST));
    if (listener.isClosed()) {
      listen();
    }
  }

  /** Does something once when these bytes pass, also when they arrive in pieces. */
  public ProxyTrigger when(Direction direction, byte[] pattern, ProxyAction action) {
    ProxyTrigger trigger = ProxyTrigger.onBytes(new BytePattern(pattern), action);
    faults.add(direction, trigger);
    return trigger;
  }

  /**
   * Does something once when the given piece passes, of all connections together, counted from now
   * on. Breaking at 1, 2, 3 and so on until nothing fires breaks a conversation at each of its
   * steps without knowing its protocol.
   *
   * @param number 1 for the next piece
   */
  public ProxyTrigger whenPiece(Direction direction, long number, ProxyAction action) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "Pieces are counted from 1; there is no piece %d.".formatted(number));
    }
    ProxyTrigger trigger = ProxyTrigger.onPiece(number, action);
    faults.add(direction, trigger);
    return trigger;
  }

  /**
   * Does something once when a client executes a statement of this kind. With PostgreSQL by the
   * simple or the extended protocol, also when it was prepared long before; with MariaDB when it
   * sends the text, as its driver does by default.
   */
  public ProxyTrigger whenStatement(Predicate<String> statement, ProxyAction action) {
    if (!(requests.get() instanceof StatementReader)) {
      throw new IllegalStateException(
          "This proxy does not know that it leads to a database; make it by to(PostgresServer) or to(MariaDbServer).");
    }
    ProxyTrigger trigger = ProxyTrigger.onStatement(statement, action);
    faults.add(Direction.CLIENT_TO_SERVER, trigger);
    return trigger;
  }

  /** {@link #whenStatement(Predicate, ProxyAction)} for statements that begin so, in any case. */
  public ProxyTrigger whenStatement(String beginning, ProxyAction action) {
    String wanted = beginning.toUpperCase(Locale.ROOT);
    return whenStatement(
        executed -> executed.strip().toUpperCase(Locale.ROOT).startsWith(wanted), action);
  }

  /** Does something once when a Kafka client sends a request of this API, such as EndTxn. */
  public ProxyTrigger whenRequest(String api, ProxyAction action) {
    if (!(requests.get() instanceof KafkaRequests)) {
      throw new IllegalStateException(
          "This proxy does not know that it leads to Kafka; make it by toKafka.");
    }
    ProxyTrigger trigger = ProxyTrigger.onStatement(api::equals, action);
    faults.add(Direction.CLIENT_TO_SERVER, trigger);
    return trigger;
  }

  /**
   * Lets the next statement that begins so be carried out, and cuts the connection in place of its
   * reply: its client cannot know whether it happened.
   */
  public ProxyTrigger loseReplyTo(String beginning) {
    String wanted = beginning.toUpperCase(Locale.ROOT);
    return loseReplyTo(executed -> executed.strip().toUpperCase(Locale.ROOT).startsWith(wanted));
  }

  /** {@link #loseReplyTo(String)} for the next statement of this kind. */
  public ProxyTrigger loseReplyTo(Predicate<String> statement) {
    return requests.get() instanceof StatementReader reader
        ? whenStatement(statement, ProxyAction.loseReplyUpTo(reader.endOfReply()))
        : whenStatement(statement, ProxyAction.loseReply());
  }

  /** Ends the proxy and all its connections. */
  @Override
  public synchronized void close() {
    refuse();
    faults.heal();
    cut(Cut.FIN);
  }

  private static void reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
  }

  private void listen() {
    try {
      ServerSocket socket = new ServerSocket(port, BACKLOG, InetAddress.getByName(host()));
      listener = socket;
      acceptor = new Thread(() -> accept(socket), "proxy-" + port);
      acceptor.setDaemon(true);
      acceptor.start();
    } catch (IOException e) {
      throw new ServerException(
          "The proxy's port %d could not be opened; see `ss -ltn` for what holds it."
              .formatted(port),
          e);
    }
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        if (socket.isClosed()) {
          reset(client);
        } else {
          connect(client);
        }
      } catch (IOException closed) {
        // refuse() or close(); the loop's condition tells.
        continue;
      }
    }
  }

  /** Leads a client to the server; when that is down the client is reset. */
  private void connect(Socket client) throws IOException {
    Socket upstream = new Socket();
    try {
      upstream.connect(server, (int) CONNECT_TIMEOUT.toMillis());
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
    } catch (IOException down) {
      reset(client);
      upstream.close();
      return;
    }
    ProxiedConnection connection =
        new ProxiedConnection(client, upstream, faults, requests.get(), connections::remove);
    connections.add(connection);
    connection.start();
  }
}
