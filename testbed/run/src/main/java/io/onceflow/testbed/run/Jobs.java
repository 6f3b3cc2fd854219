package io.onceflow.testbed.run;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The jobs that can be run. */
final class Jobs {

  private static final Map<String, Supplier<RunnableJob>> ALL =
      new TreeMap<>(
          Map.of("ledger", LedgerRun::new, "pipeline", PipelineRun::new, "relay", RelayRun::new));

  private Jobs() {}

  static RunnableJob byName(String name) {
    RunOptions.require(
        ALL.containsKey(name),
        "--job " + name,
        "there are these jobs for a run: " + String.join(", ", ALL.keySet()));
    return ALL.get(name).get();
  }
}
