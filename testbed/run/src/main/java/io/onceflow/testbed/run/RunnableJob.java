package io.onceflow.testbed.run;

import io.onceflow.common.job.Job;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.run.load.CommandSource;
import java.io.IOException;
import java.util.Set;
import java.util.function.Consumer;

/** What the local run must know of a job: its servers, its input, how it is watched and checked. */
interface RunnableJob {

  /** The job itself. */
  Job<?> job();

  /** The topic that is sent to. */
  String inputTopic();

  /** The keys of the job that say what its output must be and where: the check knows one value. */
  Set<String> checkedKeys();

  /** Whether PostgreSQL is started beside Kafka. */
  boolean usesPostgres();

  /** Whether RabbitMQ is started beside Kafka. */
  default boolean usesRabbitMq() {
    return false;
  }

  /** Records per second that are sent when nobody says how many. */
  default long usualRate() {
    return 12_000;
  }

  /** Whether {@code make feed} can send a user's file into a run. */
  boolean takesFiles();

  /** Makes schema and topics as far as they are not there. */
  void prepare(RunServers servers, int partitions) throws IOException;

  /** The job's configuration for these servers. */
  String yaml(RunServers servers);

  /** An endless source of records; {@code round} makes a later run over the same data differ. */
  CommandSource source(LoadOptions load, int partitions, int round);

  /** What is known while it runs. */
  Progress progress(RunServers servers);

  /**
   * Compares everything that was sent with everything that was written, when the job has stopped.
   *
   * @param progress is told what is being checked
   */
  Report check(RunServers servers, RunFiles files, Mistakes mistakes, Consumer<String> progress)
      throws Exception;
}
