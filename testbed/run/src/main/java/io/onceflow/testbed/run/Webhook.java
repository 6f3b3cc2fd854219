package io.onceflow.testbed.run;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A receiver of messages on a loopback port that fails one in a hundred of them once, by the id. It
 * takes each id once. Thread-safe.
 */
final class Webhook implements AutoCloseable {

  private static final int THREADS = 4;
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;
  private static final int FAILING = 100;

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final HttpServer server;
  private final Set<String> failed = ConcurrentHashMap.newKeySet();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final AtomicLong repeated = new AtomicLong();

  Webhook() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/hook", this::take);
    server.setExecutor(threads);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:%d/hook".formatted(server.getAddress().getPort());
  }

  /** Messages that took effect. */
  long taken() {
    return taken.size();
  }

  /** Messages that were failed once. */
  long failed() {
    return failed.size();
  }

  /** Calls for messages that had taken effect; they were answered and had none. */
  long repeated() {
    return repeated.get();
  }

  private void take(HttpExchange exchange) throws IOException {
    String id = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    exchange.getRequestBody().readAllBytes();
    int status = OK;
    if (Math.floorMod(id.hashCode(), FAILING) == 0 && failed.add(id)) {
      status = UNAVAILABLE;
    } else if (!taken.add(id)) {
      repeated.incrementAndGet();
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
