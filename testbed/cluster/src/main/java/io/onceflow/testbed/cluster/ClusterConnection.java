package io.onceflow.testbed.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A cluster that another process has started, by the REST addresses of its JobManagers; every
 * JobManager passes a call on to the leader. Thread-safe. Failures are {@link ClusterException}s.
 */
public final class ClusterConnection {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration NOT_FOUND_PATIENCE = Duration.ofSeconds(5);
  private static final int CONNECT_TIMEOUT_MS = 500;

  private final List<URI> jobManagers;
  private final RestApi rest;

  public ClusterConnection(List<URI> jobManagers) {
    this.jobManagers = List.copyOf(jobManagers);
    this.rest = new RestApi(this::webUi, PATIENCE, NOT_FOUND_PATIENCE);
  }

  /** Returns the address of the first JobManager that accepts a connection. */
  public URI webUi() {
    return jobManagers.stream()
        .filter(ClusterConnection::accepts)
        .findFirst()
        .orElseThrow(() -> new ClusterException("None of " + jobManagers + " answers."));
  }

  private static boolean accepts(URI address) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(address.getHost(), address.getPort()), CONNECT_TIMEOUT_MS);
      return socket.isConnected();
    } catch (IOException notThere) {
      return false;
    }
  }

  /** Returns the answer to a GET, such as {@code /overview}. */
  public JsonNode rest(String path) {
    return rest.get(path);
  }

  /** Returns a handle for a job by its id in hex. */
  public JobHandle job(String id) {
    return new JobHandle(rest, id);
  }

  /** A line about a job. */
  public record JobLine(String id, String name, String state) {

    /** Says whether it could still write: it has not ended for good. */
    public boolean isActive() {
      return !List.of("FINISHED", "CANCELED", "FAILED").contains(state);
    }
  }

  /** Returns all jobs that the leader knows, those that have ended too. */
  public List<JobLine> jobs() {
    List<JobLine> jobs = new ArrayList<>();
    for (JsonNode job : rest.get("/jobs/overview").path("jobs")) {
      jobs.add(
          new JobLine(
              job.path("jid").asText(), job.path("name").asText(), job.path("state").asText()));
    }
    return jobs;
  }
}
