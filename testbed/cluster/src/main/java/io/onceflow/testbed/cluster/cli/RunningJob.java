package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterConnection;
import io.onceflow.testbed.cluster.ClusterConnection.JobLine;
import io.onceflow.testbed.cluster.ClusterException;
import io.onceflow.testbed.cluster.JobHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The cluster and the one job a command is about. */
final class RunningJob {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

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

  /**
   * Submits the job by {@code flink run} and waits until all its tasks run.
   *
   * @param parallelism 0 for that of the cluster's configuration
   * @param from a snapshot, or null
   * @param claim whether the snapshot belongs to the job then
   * @param arguments more of them for the job
   */
  void submit(int parallelism, String from, boolean claim, List<String> arguments) {
    Repository repository = Repository.find();
    ClusterState state = state();
    FlinkRun run =
        FlinkRun.of(
            repository,
            state,
            new FlinkRun.Choice(job, parallelism, from, claim, arguments),
            System.getenv("FLINK_HOME"));
    ClusterConnection cluster = state.connection();
    String id = run.run();
    Snapshots.note(directory(), job, id);
    try {
      cluster.job(id).awaitRunning(START_TIMEOUT);
    } catch (ClusterException e) {
      throw new ClusterException(
          e.getMessage()
              + "%nIt was submitted and is there as long as it has not ended: make cluster-status, make cancel JOB=%s"
                  .formatted(job),
          e);
    }
    System.out.printf("It runs: %s/#/job/running/%s/overview%n", cluster.webUi(), id);
  }

  /** Throws when the cluster has not so many slots. */
  void requireSlots(int parallelism) {
    int slots = state().connection().rest("/overview").path("slots-total").asInt();
    if (parallelism < 0 || parallelism > slots) {
      throw new UsageException(
          "--parallelism %d: must be 1 to %d, the slots of this cluster."
              .formatted(parallelism, slots));
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
