package io.onceflow.testbed.run.bench;

/**
 * How long a contender took.
 *
 * @param rows rows it took; fewer than the workload's when it was stopped
 * @param coveredRows rows that completed checkpoints or commits contain
 * @param totalNs from the call that starts it to its end, the last commit included
 * @param steadyNs from the first row to its end
 * @param finished false when it was stopped at the time limit
 */
record Timing(long rows, long coveredRows, long totalNs, long steadyNs, boolean finished) {

  double totalRate() {
    return rows * 1e9 / totalNs;
  }

  double steadyRate() {
    return rows * 1e9 / steadyNs;
  }
}
