package io.onceflow.testbed.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.onceflow.testbed.cluster.ClusterConnection;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what runs where. */
@Command(
    name = "status",
    description = "Shows the processes and jobs. Exit code 1 when no cluster is up.")
final class StatusCommand implements Callable<Integer> {
  @Mixin private CommonOptions data = new CommonOptions();

  @Override
  public Integer call() {
    Optional<ClusterState> found = ClusterState.read(data.path());
    if (found.isEmpty()) {
      System.out.println("No cluster is up; start one: make cluster-up");
      return 1;
    }
    ClusterState state = found.get();
    System.out.print(Texts.parts(state));
    if (!state.ready()) {
      System.out.println("The cluster is starting.");
      return 0;
    }
    ClusterConnection cluster = state.connection();
    JsonNode overview = cluster.rest("/overview");
    System.out.printf(
        "%nFlink web UI %s, %d TaskManagers, %d of %d slots free%n",
        cluster.webUi(),
        overview.path("taskmanagers").asInt(),
        overview.path("slots-available").asInt(),
        overview.path("slots-total").asInt());
    cluster.jobs().forEach(job -> System.out.println(line(cluster, job)));
    return 0;
  }

  private static String line(ClusterConnection cluster, ClusterConnection.JobLine job) {
    JsonNode checkpoints = cluster.rest("/jobs/" + job.id() + "/checkpoints");
    JsonNode completed = checkpoints.path("latest").path("completed");
    return "job %s %s %s, %d checkpoints since the leader leads%s"
        .formatted(
            job.name(),
            job.id(),
            job.state(),
            checkpoints.path("counts").path("completed").asInt(),
            completed.isObject()
                ? ", the last one " + completed.path("external_path").asText()
                : "");
  }
}
