package io.onceflow.common.job;

import io.onceflow.common.config.ConfigException;
import io.onceflow.common.config.Mistake;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Refuses an environment in which a job could not keep its promise, before it is submitted.
 *
 * <p>What is checked is what the client sees: the cluster configuration it was started with, {@code
 * -D} options included.
 */
public final class EnvironmentChecks {

  private static final String ORIGIN = "Flink configuration";

  private EnvironmentChecks() {}

  /**
   * Demands checkpoints that are exactly-once and survive the JobManager.
   *
   * @throws ConfigException with every setting that must change
   */
  public static void requireExactlyOnce(StreamExecutionEnvironment env) {
    ReadableConfig config = env.getConfiguration();
    List<Mistake> mistakes = new ArrayList<>();
    if (!env.getCheckpointConfig().isCheckpointingEnabled()) {
      mistakes.add(
          mistake(
              CheckpointingOptions.CHECKPOINTING_INTERVAL.key(),
              null,
              "checkpointing is off, so nothing would ever be committed; set it, for example to"
                  + " 10s"));
    }
    // Not CheckpointConfig's getter: it says AT_LEAST_ONCE whenever checkpointing is off.
    CheckpointingMode mode = config.get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE);
    if (mode != CheckpointingMode.EXACTLY_ONCE) {
      mistakes.add(
          mistake(
              CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key(),
              mode.name(),
              "records would be written twice after a failure; set it to EXACTLY_ONCE"));
    }
    if (!config.get(CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH)) {
      mistakes.add(
          mistake(
              CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH.key(),
              "false",
              "the rows after the last checkpoint of a bounded input would never be committed;"
                  + " leave it at true"));
    }
    storage(config, mistakes);
    if (!mistakes.isEmpty()) {
      throw new ConfigException("the environment of the job", mistakes);
    }
  }

  /**
   * Turns two accidents of production into a refused submission, unless the cluster decided
   * otherwise: serialization by Kryo, and operators whose state is lost by an innocent change.
   */
  public static void forbidAccidents(StreamExecutionEnvironment env) {
    Configuration defaults = new Configuration();
    if (env.getConfiguration().getOptional(PipelineOptions.GENERIC_TYPES).isEmpty()) {
      defaults.set(PipelineOptions.GENERIC_TYPES, false);
    }
    if (env.getConfiguration().getOptional(PipelineOptions.AUTO_GENERATE_UIDS).isEmpty()) {
      defaults.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    }
    env.configure(defaults);
  }

  private static void storage(ReadableConfig config, List<Mistake> mistakes) {
    String storage = config.get(CheckpointingOptions.CHECKPOINT_STORAGE);
    if ("jobmanager".equalsIgnoreCase(storage)) {
      mistakes.add(
          mistake(
              CheckpointingOptions.CHECKPOINT_STORAGE.key(),
              storage,
              "checkpoints would be lost with the JobManager; set it to filesystem"));
    }
    if (config.getOptional(CheckpointingOptions.CHECKPOINTS_DIRECTORY).isEmpty()) {
      mistakes.add(
          mistake(
              CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(),
              null,
              "checkpoints would be lost with the JobManager; set it to a directory every host"
                  + " reaches"));
    }
  }

  private static Mistake mistake(String key, String value, String expected) {
    return new Mistake(key, value, ORIGIN, expected);
  }
}
