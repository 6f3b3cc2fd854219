package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterConnection;
import io.onceflow.testbed.cluster.ClusterConnection.JobLine;
import io.onceflow.testbed.cluster.JobHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The cluster and the one job a command is about. */
final class RunningJob {
  @Mixin private CommonOptions data = new CommonOptions();

  @Option(
      names = "--job",
      defaultValue = "ledger",
      description = "Its name. Default: ${DEFAULT-VALUE}.")
  private String job;

  String name() {
    return job;
  }

  Path directory() {
    return data.path();
  }

  ClusterState state() {
    return ClusterState.require(directory());
  }

  /** Returns the job of the name that has not ended. */
  JobHandle find() {
    ClusterConnection cluster = state().connection();
    List<JobLine> active = active(cluster);
    if (active.size() != 1) {
      throw new UsageException(
          active.isEmpty()
              ? "No job %s runs; the jobs are: %s.".formatted(job, names(cluster.jobs()))
              : "More than one job %s runs: %s. End one in the web UI or by flink cancel."
                  .formatted(job, names(active)));
    }
    return cluster.job(active.get(0).id());
  }

  /** Throws when the job runs: two of them would write through one sink. */
  void requireNone() {
    List<JobLine> active = active(state().connection());
    if (!active.isEmpty()) {
      throw new UsageException(
          "Job %s is here already: %s. Stop it first: make stop".formatted(job, names(active)));
    }
  }

  private List<JobLine> active(ClusterConnection cluster) {
    return cluster.jobs().stream()
        .filter(line -> line.isActive() && line.name().equals(job))
        .toList();
  }

  private static String names(List<JobLine> jobs) {
    return jobs.isEmpty()
        ? "none"
        : jobs.stream()
            .map(line -> "%s %s %s".formatted(line.name(), line.id(), line.state()))
            .collect(Collectors.joining(", "));
  }
}
