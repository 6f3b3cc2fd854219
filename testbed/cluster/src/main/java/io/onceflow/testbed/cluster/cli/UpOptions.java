package io.onceflow.testbed.cluster.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What can be chosen for a cluster. Filled by picocli. */
final class UpOptions {
  private static final int MOST = 16;
  private static final int FIRST_WEB_PORT = 8081;
  private static final int LAST_WEB_PORT = 8181;

  /** Whether a JobManager may die. */
  enum HighAvailability {
    none,
    zookeeper
  }

  /** What is started for the jobs. */
  enum Servers {
    demo,
    none
  }

  @Option(
      names = "--taskmanagers",
      defaultValue = "2",
      description = "1 to 16. Default: ${DEFAULT-VALUE}.")
  int taskManagers;

  @Option(
      names = "--slots",
      defaultValue = "2",
      description = "Of each TaskManager. Default: ${DEFAULT-VALUE}.")
  int slots;

  @Option(
      names = "--ha",
      defaultValue = "none",
      description =
          "${COMPLETION-CANDIDATES}: with zookeeper two JobManagers, of which one may die. Default: ${DEFAULT-VALUE}.")
  HighAvailability highAvailability;

  @Option(
      names = "--servers",
      defaultValue = "demo",
      description =
          "${COMPLETION-CANDIDATES}: demo starts PostgreSQL and Kafka for the jobs. Default: ${DEFAULT-VALUE}.")
  Servers servers;

  @Option(
      names = "--web-port",
      defaultValue = "0",
      description = "Of the web UI on 127.0.0.1. Default: the first free one from 8081.")
  int webPort;

  @Option(
      names = "--quick-start",
      description = "Processes start sooner and compute slower, as in tests.")
  boolean quickStart;

  boolean isHighlyAvailable() {
    return highAvailability == HighAvailability.zookeeper;
  }

  void check() {
    require(taskManagers >= 1 && taskManagers <= MOST, "--taskmanagers " + taskManagers, "1 to 16");
    require(slots >= 1 && slots <= MOST, "--slots " + slots, "1 to 16");
    require(webPort >= 0 && webPort <= 65_535, "--web-port " + webPort, "0 to 65535");
    if (webPort != 0 && !isFree(webPort)) {
      throw new UsageException(
          "--web-port %d: something listens there already; name another, or none for a free one."
              .formatted(webPort));
    }
  }

  private static void require(boolean holds, String option, String range) {
    if (!holds) {
      throw new UsageException("%s: must be %s.".formatted(option, range));
    }
  }

  /** Returns the port asked for, or the first free one. */
  int chosenWebPort() {
    if (webPort != 0) {
      return webPort;
    }
    for (int port = FIRST_WEB_PORT; port <= LAST_WEB_PORT; port++) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new UsageException(
        "No port from %d to %d is free for the web UI; name one: WEB_PORT=.."
            .formatted(FIRST_WEB_PORT, LAST_WEB_PORT));
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
      return probe.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  /** Returns the same as arguments. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--taskmanagers", Integer.toString(taskManagers)));
    arguments.addAll(List.of("--slots", Integer.toString(slots)));
    arguments.addAll(List.of("--ha", highAvailability.name(), "--servers", servers.name()));
    arguments.addAll(List.of("--web-port", Integer.toString(webPort)));
    if (quickStart) {
      arguments.add("--quick-start");
    }
    return arguments;
  }
}
