package io.onceflow.common.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Host names as they are written; nothing is looked up, so a check cannot depend on DNS. */
final class Hosts {

  private static final Pattern HOST =
      Pattern.compile(
          "[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?:\\[([^]]+)]|([^:\\[\\]]+)):([0-9]{1,5})");
  private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.[0-9]{1,3}){3}");

  private Hosts() {}

  static boolean isHost(String host) {
    return HOST.matcher(host).matches();
  }

  /**
   * Demands a host name or an address.
   *
   * @throws IllegalArgumentException when it is something else
   */
  static void require(String host) {
    if (!isHost(host)) {
      throw new IllegalArgumentException(
          "'%s' is not a host name or an address.".formatted(OneLine.of(host)));
    }
  }

  static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || host.equals("::1")
        || LOOPBACK_V4.matcher(host).matches();
  }

  static boolean isHostAndPort(String text) {
    Matcher matcher = HOST_AND_PORT.matcher(text);
    if (!matcher.matches() || !isHost(hostOf(text))) {
      return false;
    }
    int port = Integer.parseInt(matcher.group(3));
    return port >= 1 && port <= 65535;
  }

  /** The host of {@code host:port} or {@code [v6]:port}; the text itself when it is neither. */
  static String hostOf(String hostAndPort) {
    Matcher matcher = HOST_AND_PORT.matcher(hostAndPort);
    if (!matcher.matches()) {
      return hostAndPort;
    }
    return matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
  }
}
