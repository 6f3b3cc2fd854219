package io.onceflow.testbed.servers;

import static io.onceflow.testbed.servers.TcpProxy.Direction.CLIENT_TO_SERVER;
import static io.onceflow.testbed.servers.TcpProxy.Direction.SERVER_TO_CLIENT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy in front of a server that answers every piece with the same piece. */
class TcpProxyTest {
  private static final int QUIET_MS = 300;
  private static final int ANSWER_MS = 10_000;

  private final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
  private ServerSocket echo;
  private TcpProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    daemon(this::serve);
    proxy = TcpProxy.to("127.0.0.1", echo.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void bytesPassBothWays() throws Exception {
    try (Socket client = connect()) {
      assertThat(ask(client, "hello")).isEqualTo("hello");
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void anEndPassesFromSideToSide() throws Exception {
    try (Socket client = connect()) {
      ask(client, "x");
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void cuttingByFinEndsTheStreamAndByRstBreaksIt() throws Exception {
    try (Socket first = connect();
        Socket second = connect()) {
      ask(first, "x");
      // Connected is not accepted yet: only an answer tells that the proxy knows it.
      ask(second, "x");
      proxy.cut(TcpProxy.Cut.FIN);
      assertThat(first.getInputStream().read()).isEqualTo(-1);
      assertThat(proxy.connections()).isZero();
      assertThat(second.getInputStream().read()).isEqualTo(-1);
    }
    try (Socket client = connect()) {
      ask(client, "x");
      proxy.cut(TcpProxy.Cut.RST);
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void refusingKeepsOldConnectionsAndHealingTakesNewOnesOnTheSamePort() throws Exception {
    try (Socket old = connect()) {
      ask(old, "x");
      proxy.refuse();
      assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
      assertThat(ask(old, "still")).isEqualTo("still");
      proxy.heal();
      try (Socket client = connect()) {
        assertThat(ask(client, "new")).isEqualTo("new");
      }
    }
  }

  @Test
  void aDelayHoldsBackTheDirectionItIsFor() throws Exception {
    try (Socket client = connect()) {
      proxy.delay(SERVER_TO_CLIENT, Duration.ofMillis(QUIET_MS));
      long sent = System.nanoTime();
      assertThat(ask(client, "late")).isEqualTo("late");
      assertThat(Duration.ofNanos(System.nanoTime() - sent))
          .isGreaterThanOrEqualTo(Duration.ofMillis(QUIET_MS));
    }
  }

  @Test
  void healingEndsADelayAtOnce() throws Exception {
    try (Socket client = connect()) {
      proxy.delay(CLIENT_TO_SERVER, Duration.ofHours(1));
      send(client, "waiting");
      assertThat(arrived.poll(QUIET_MS, TimeUnit.MILLISECONDS)).isNull();
      proxy.heal();
      assertThat(receive(client, 7)).isEqualTo("waiting");
    }
  }

  @Test
  void aSwallowedReplyIsLostAndItsConnectionEndsWhenHealed() throws Exception {
    try (Socket client = connect()) {
      proxy.swallow(SERVER_TO_CLIENT);
      send(client, "request");
      assertThat(arrived.poll(ANSWER_MS, TimeUnit.MILLISECONDS)).isEqualTo("request");
      assertQuiet(client);
      proxy.heal();
      assertThatThrownBy(() -> receive(client, 1)).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aPieceIsCountedOverAllConnectionsFromTheMomentOfAsking() throws Exception {
    try (Socket first = connect();
        Socket second = connect()) {
      ask(first, "before");
      var third = proxy.whenPiece(CLIENT_TO_SERVER, 3, ProxyAction.loseRequest());
      assertThat(ask(first, "one")).isEqualTo("one");
      assertThat(ask(second, "two")).isEqualTo("two");
      assertThat(third.hasFired()).isFalse();
      send(first, "three");
      assertThatThrownBy(() -> receive(first, 1)).isInstanceOf(SocketException.class);
      assertThat(third.hasFired()).isTrue();
      assertThat(ask(second, "four")).isEqualTo("four");
      assertThat(proxy.pieces(CLIENT_TO_SERVER)).isEqualTo(5);
      assertThat(proxy.pieces(SERVER_TO_CLIENT)).isEqualTo(4);
    }
    assertThatThrownBy(() -> proxy.whenPiece(CLIENT_TO_SERVER, 0, ProxyAction.loseRequest()))
        .hasMessageContaining("counted from 1");
  }

  @Test
  void aSwallowedRequestNeverArrives() throws Exception {
    try (Socket client = connect()) {
      proxy.swallow(CLIENT_TO_SERVER);
      send(client, "request");
      assertThat(arrived.poll(QUIET_MS, TimeUnit.MILLISECONDS)).isNull();
    }
  }

  @Test
  void heldBytesArriveWhenHealed() throws Exception {
    try (Socket client = connect()) {
      proxy.hold(SERVER_TO_CLIENT);
      send(client, "request");
      assertQuiet(client);
      proxy.heal();
      assertThat(receive(client, 7)).isEqualTo("request");
    }
  }

  @Test
  void aLostRequestDoesNotArriveAndALostReplyFollowsOneThatDid() throws Exception {
    ProxyTrigger request = proxy.when(CLIENT_TO_SERVER, ascii("PAY"), ProxyAction.loseRequest());
    try (Socket client = connect()) {
      send(client, "PAY 1");
      assertThatThrownBy(() -> receive(client, 1)).isInstanceOf(SocketException.class);
      assertThat(arrived.poll(QUIET_MS, TimeUnit.MILLISECONDS)).isNull();
      assertThat(request.hasFired()).isTrue();
    }
    proxy.when(CLIENT_TO_SERVER, ascii("PAY"), ProxyAction.loseReply());
    try (Socket client = connect()) {
      assertThat(ask(client, "ask")).isEqualTo("ask");
      send(client, "PAY 2");
      assertThatThrownBy(() -> receive(client, 1)).isInstanceOf(SocketException.class);
      assertThat(List.copyOf(arrived)).containsExactly("ask", "PAY 2");
    }
    try (Socket client = connect()) {
      assertThat(ask(client, "PAY 3")).isEqualTo("PAY 3");
    }
  }

  @Test
  void codeRunsBeforeOrAfterTheBytesPass() throws Exception {
    CountDownLatch after = new CountDownLatch(1);
    proxy.when(
        CLIENT_TO_SERVER, ascii("b"), ProxyAction.before(() -> arrived.add("before the bytes")));
    ProxyTrigger trigger =
        proxy.when(CLIENT_TO_SERVER, ascii("b"), ProxyAction.after(after::countDown));
    try (Socket client = connect()) {
      assertThat(ask(client, "abc")).isEqualTo("abc");
      trigger.awaitFired(Duration.ofSeconds(10));
      assertThat(after.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(List.copyOf(arrived)).containsExactly("before the bytes", "abc");
    }
  }

  @Test
  void aTriggerOnStatementsNeedsAProxyThatKnowsThem() {
    assertThatThrownBy(() -> proxy.loseReplyTo("COMMIT")).hasMessageContaining("PostgresServer");
  }

  @Test
  void aClientIsResetWhenTheServerIsDown() throws Exception {
    try (TcpProxy nowhere = TcpProxy.to("127.0.0.1", FreePort.next());
        Socket client = new Socket(nowhere.host(), nowhere.port())) {
      client.setSoTimeout(ANSWER_MS);
      assertThatThrownBy(() -> receive(client, 1)).isInstanceOf(SocketException.class);
    }
  }

  private void serve() throws IOException {
    while (!echo.isClosed()) {
      Socket client = echo.accept();
      daemon(() -> answer(client));
    }
  }

  private void answer(Socket client) throws IOException {
    byte[] piece = new byte[1024];
    InputStream in = client.getInputStream();
    for (int length = in.read(piece); length > 0; length = in.read(piece)) {
      arrived.add(new String(piece, 0, length, US_ASCII));
      client.getOutputStream().write(piece, 0, length);
    }
    client.close();
  }

  private interface Serving {
    void run() throws IOException;
  }

  private static void daemon(Serving serving) {
    Thread thread =
        new Thread(
            () -> {
              try {
                serving.run();
              } catch (IOException ended) {
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(proxy.host(), proxy.port());
    socket.setSoTimeout(ANSWER_MS);
    return socket;
  }

  private static String ask(Socket client, String text) throws IOException {
    send(client, text);
    return receive(client, text.length());
  }

  private static void send(Socket client, String text) throws IOException {
    client.getOutputStream().write(ascii(text));
  }

  private static String receive(Socket client, int length) throws IOException {
    return new String(client.getInputStream().readNBytes(length), US_ASCII);
  }

  private static void assertQuiet(Socket client) throws IOException {
    client.setSoTimeout(QUIET_MS);
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    client.setSoTimeout(ANSWER_MS);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
