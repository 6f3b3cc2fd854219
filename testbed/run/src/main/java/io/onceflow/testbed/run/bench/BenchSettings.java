package io.onceflow.testbed.run.bench;

import java.time.Duration;
import java.util.Set;

/**
 * What all suites are told.
 *
 * @param rows rows or transfers per measurement
 * @param parallelism subtasks of Onceflow's sink
 * @param repeat measurements per contender; the median counts
 * @param seed makes the rows' content
 * @param tune whether several settings of the peer are tried first, and the best one taken
 * @param limit when a job that is too slow is stopped
 * @param cases which cases of the suites that let one choose; none = all
 */
record BenchSettings(
    long rows,
    int parallelism,
    int repeat,
    long seed,
    boolean tune,
    Duration limit,
    Set<String> cases) {

  boolean includes(String name) {
    return cases.isEmpty() || cases.contains(name);
  }
}
