package io.onceflow.testbed.cluster.cli;

/** What several commands print. */
final class Texts {
  private Texts() {}

  /** What runs where, and what to do next. */
  static String ready(ClusterState state) {
    String next = state.hasServers() ? NEXT : "";
    return parts(state) + "\nFlink web UI " + state.webUis().get(0) + "\n" + next;
  }

  private static final String NEXT =
      """

      Next: make submit                              submit the ledger
            make load RATE=500 DURATION=60s          send it commands
            make feed FILE=commands.jsonl            send it commands of your own
            make cluster-status                      look; kill -9 a pid above and look again
            make stop, make restore FROM=latest      stop with a savepoint, go on from there
            make cluster-down                        end it
      """;

  /** A line per process. */
  static String parts(ClusterState state) {
    StringBuilder lines = new StringBuilder(line("supervisor", state.supervisor(), ""));
    for (ClusterState.Part part : state.parts()) {
      lines.append(line(part.name(), part.process(), "127.0.0.1:" + part.port()));
    }
    return lines.toString();
  }

  private static String line(String name, Identity process, String address) {
    return "%-14s %8d  %-7s %s%n"
        .formatted(name, process.pid(), process.isAlive() ? "runs" : "DEAD", address)
        .replaceAll(" +\n", "\n");
  }
}
