package io.onceflow.tool;

import io.onceflow.common.commit.inspect.SinkInfo;

/** How a job is started so that the store accepts it. */
final class RestartCommand {

  private RestartCommand() {}

  /** Where the newest committed epoch's checkpoint is found. */
  static String path(SinkInfo sink) {
    if (sink.restorePath() != null && !sink.restorePath().isEmpty()) {
      return sink.restorePath();
    }
    return sink.lastCheckpointId() == 0
        ? "its first checkpoint"
        : "the checkpoint or savepoint number " + sink.lastCheckpointId();
  }

  static String of(String path) {
    return "flink run -s %s JOB.jar --config FILE".formatted(path);
  }
}
