package io.onceflow.testbed.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Finds the port of the web UI. */
final class WebPort {

  /** Between the look here and Flink's bind another run could take it; tests have ranges apart. */
  static final String FIRST_PROPERTY = "onceflow.first-web-port";

  private static final int FIRST = Integer.getInteger(FIRST_PROPERTY, 8081);
  private static final int LAST = FIRST + 99;

  private WebPort() {}

  /** The port asked for, or the first free one when that is 0. */
  static int choose(int asked) {
    if (asked != 0) {
      RunOptions.require(
          isFree(asked),
          "--web-port " + asked,
          "something listens there already; choose another, or leave it out for a free one");
      return asked;
    }
    for (int port = FIRST; port <= LAST; port++) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new UsageException(
        "No port from %d to %d is free for the web UI; name one with --web-port."
            .formatted(FIRST, LAST));
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
      return probe.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
