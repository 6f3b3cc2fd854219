package io.onceflow.common.job;

import io.onceflow.common.config.ConfigReader;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * What {@link JobMain} needs to know about a job.
 *
 * @param <C> the job's configuration, an immutable record
 */
public interface Job<C> {

  /** The name in the web UI and in messages; lower-case, such as {@code ledger}. */
  String name();

  /** Reads the configuration; called more than once, and without settings to list its keys. */
  C config(ConfigReader reader);

  /**
   * Builds the topology with its sources and sinks; does not execute it. It sets neither
   * parallelism nor checkpointing nor restarts: those are the cluster configuration's.
   *
   * @throws Exception what the connectors throw while they are built
   */
  void define(StreamExecutionEnvironment env, C config) throws Exception;
}
