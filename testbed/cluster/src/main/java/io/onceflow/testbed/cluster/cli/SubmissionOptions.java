package io.onceflow.testbed.cluster.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How a job is to run, beyond its configuration file. */
final class SubmissionOptions {
  @Option(names = "--parallelism", description = "Default: that of flink-conf/config.yaml.")
  private int parallelism;

  @Parameters(description = "Arguments for the job, after --, such as -- --set sink.id=other")
  private List<String> arguments = new ArrayList<>();

  int parallelism() {
    return parallelism;
  }

  List<String> arguments() {
    return arguments;
  }
}
