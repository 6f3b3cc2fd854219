/**
 * Faults, and schedules of them drawn from a seed. Knows neither Flink's cluster nor the stores.
 */
package io.onceflow.testbed.chaos.fault;
