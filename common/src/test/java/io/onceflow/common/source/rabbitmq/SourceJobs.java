package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.sink.postgres.SinkJobs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Jobs that read messages, may be made to fail, and commit the bodies exactly once. */
final class SourceJobs {

  private final Path directory;
  private final CommittedTexts committed = new CommittedTexts();
  private final String failures = UUID.randomUUID().toString();

  SourceJobs(Path directory) {
    this.directory = directory;
  }

  /** Makes a source for the job's configuration. */
  interface SourceOf {
    Source<RabbitMqMessage, ?, ?> with(ReadableConfig configuration);
  }

  CommittedTexts committed() {
    return committed;
  }

  /** Starts a job, from a checkpoint or a savepoint if one is given. */
  JobClient start(int parallelism, String restoreFrom, SourceOf source) throws Exception {
    return define(parallelism, restoreFrom, source).executeAsync();
  }

  StreamExecutionEnvironment define(int parallelism, String restoreFrom, SourceOf source) {
    var environment = SinkJobs.environment(directory, parallelism, restoreFrom);
    // One connected graph: a failure anywhere restarts the source too.
    var texts =
        environment
            .fromSource(
                source.with(environment.getConfiguration()),
                WatermarkStrategy.noWatermarks(),
                "Messages")
            .uid("source-messages")
            .map(message -> new String(message.body(), StandardCharsets.UTF_8))
            .returns(Types.STRING)
            .uid("texts")
            .map(new FailsOnDemand(failures))
            .uid("fails");
    committed.sink(environment, texts);
    return environment;
  }

  /** The next message ends the attempt. */
  void failAtNextMessage() {
    FailsOnDemand.demand(failures);
  }

  boolean hasFailed() {
    return FailsOnDemand.isDone(failures);
  }
}
