package io.onceflow.testbed.chaos.campaign;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.onceflow.testbed.cluster.FlinkCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Questions to the leader that are asked once and dropped when there is no answer: what a fault
 * needs to know must not wait for the faults before it. Thread-safe.
 */
final class QuickRest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FlinkCluster cluster;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  QuickRest(FlinkCluster cluster) {
    this.cluster = cluster;
  }

  /** The names of the TaskManagers that a job has tasks on; none when nobody answers. */
  Set<String> taskManagersOf(String jobId) {
    var names = new TreeSet<String>();
    for (var vertex : get("/jobs/" + jobId).path("vertices")) {
      var path = "/jobs/%s/vertices/%s/taskmanagers".formatted(jobId, vertex.path("id").asText());
      for (var place : get(path).path("taskmanagers")) {
        names.add(place.path("taskmanager-id").asText());
      }
    }
    return names;
  }

  JsonNode get(String path) {
    return ask(path, HttpRequest.newBuilder().GET()).orElse(JSON.missingNode());
  }

  /** Whether it was accepted. */
  boolean post(String path, String body) {
    return ask(
            path,
            HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)))
        .isPresent();
  }

  private Optional<JsonNode> ask(String path, HttpRequest.Builder request) {
    var leader = cluster.leaderNow();
    if (leader.isEmpty()) {
      return Optional.empty();
    }
    var uri = URI.create("http://127.0.0.1:%d%s".formatted(leader.get().port(), path));
    try {
      var answer =
          client.send(
              request.uri(uri).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() < 300
          ? Optional.of(JSON.readTree(answer.body()))
          : Optional.empty();
    } catch (IOException nobody) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
