package io.onceflow.relay;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A webhook that refuses some messages for good and fails others for a while. */
final class HookServer implements AutoCloseable {

  private static final int THREADS = 4;

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final HttpServer server;
  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> effects = new ConcurrentHashMap<>();

  HookServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/hook", this::take);
    server.setExecutor(threads);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:%d/hook".formatted(server.getAddress().getPort());
  }

  /** How often each message took effect, by its id. */
  Map<String, AtomicInteger> effects() {
    return effects;
  }

  private void take(HttpExchange exchange) throws IOException {
    var id = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    var body = new String(exchange.getRequestBody().readAllBytes());
    var call = calls.computeIfAbsent(id, key -> new AtomicInteger()).incrementAndGet();
    int status = 200;
    if (body.startsWith("refused")) {
      status = 422;
    } else if (body.startsWith("flaky") && call < 3) {
      status = 503;
    } else {
      // A receiver that honours the key.
      effects.computeIfAbsent(id, key -> new AtomicInteger(1));
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
