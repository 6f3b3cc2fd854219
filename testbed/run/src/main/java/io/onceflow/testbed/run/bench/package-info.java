/**
 * Benchmarks that run a peer beside Onceflow, on the same server and in the same minutes, and print
 * ratios. {@link io.onceflow.testbed.run.bench.BenchMain} is the way in; docs/benchmarks.md says
 * what is compared and why that is fair.
 */
package io.onceflow.testbed.run.bench;
