package io.onceflow.testbed.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds loopback ports that nothing listens on.
 *
 * <p>The ports lie below Linux's ephemeral range (32768 and up): a server that is down for a moment
 * must find its port free when it comes back, and an outgoing connection of any process may take an
 * ephemeral one meanwhile. No port is handed out twice in one JVM. Thread-safe.
 */
public final class FreePort {
  private static final int LOWEST = 12_000;
  private static final int EPHEMERAL = 32_768;
  private static final int ATTEMPTS = 1_000;
  private static final Set<Integer> HANDED_OUT = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /** Returns a port that was free a moment ago; another process may still take it. */
  public static int next() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, EPHEMERAL);
      if (isFree(port) && HANDED_OUT.add(port)) {
        return port;
      }
    }
    throw new ServerException(
        "No free port between %d and %d after %d attempts; see `ss -ltn` for what holds them."
            .formatted(LOWEST, EPHEMERAL, ATTEMPTS));
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return probe.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
