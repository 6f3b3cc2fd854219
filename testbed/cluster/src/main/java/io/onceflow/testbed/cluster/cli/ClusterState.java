package io.onceflow.testbed.cluster.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.onceflow.testbed.cluster.ClusterConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the supervisor tells the commands, in {@code cluster.json} of the data directory. No secret
 * is in it.
 *
 * @param ready whether the cluster takes jobs
 * @param webUis of all JobManagers
 * @param conf the directory of config.yaml
 * @param clientEnvironment variables a submission needs
 * @param hasServers whether PostgreSQL and Kafka are there for jobs
 */
record ClusterState(
    Identity supervisor,
    boolean ready,
    List<String> webUis,
    String conf,
    List<Part> parts,
    Map<String, String> clientEnvironment,
    boolean hasServers) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** A process. */
  record Part(String name, Identity process, int port, String log) {}

  static Path file(Path dataDirectory) {
    return dataDirectory.resolve("cluster.json");
  }

  static ClusterState starting(Identity supervisor) {
    return new ClusterState(supervisor, false, List.of(), "", List.of(), Map.of(), false);
  }

  /** Returns the cluster whose supervisor is alive. */
  static Optional<ClusterState> read(Path dataDirectory) {
    Path file = file(dataDirectory);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      ClusterState state = JSON.readValue(file.toFile(), ClusterState.class);
      return Optional.of(state).filter(found -> found.supervisor().isAlive());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s cannot be read; remove it when no cluster is up.".formatted(file), e);
    }
  }

  /**
   * Returns the cluster that takes jobs.
   *
   * @throws UsageException when there is none
   */
  static ClusterState require(Path dataDirectory) {
    ClusterState state =
        read(dataDirectory)
            .orElseThrow(() -> new UsageException("No cluster is up; start one: make cluster-up"));
    if (!state.ready()) {
      throw new UsageException("The cluster is still starting; look again: make cluster-status");
    }
    return state;
  }

  void write(Path dataDirectory) {
    Path file = file(dataDirectory);
    Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.createDirectories(dataDirectory);
      JSON.writeValue(unfinished.toFile(), this);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written.", e);
    }
  }

  ClusterConnection connection() {
    return new ClusterConnection(webUis.stream().map(URI::create).toList());
  }
}
