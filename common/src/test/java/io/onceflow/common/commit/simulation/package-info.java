/**
 * A deterministic simulator: the real commit protocols over stores and a register in memory, under
 * schedules that are drawn from a seed. A seed that fails fails again.
 *
 * <p>Real: {@code EpochAssembly}, {@code PreparedCommitter}, {@code StagedCommitter}, {@code
 * StoreCalls}, {@code LineageRules}, {@code RegisterRules}, {@code RegisterProtocol}. Simulated:
 * Flink's checkpoint coordinator and committer operator, writers, stores, the register's records,
 * the resolver.
 */
package io.onceflow.common.commit.simulation;
