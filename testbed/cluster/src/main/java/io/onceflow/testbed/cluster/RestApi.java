package io.onceflow.testbed.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Flink's REST interface at whoever leads now. A call that meets no leader, a dying one or one that
 * has not recovered its jobs yet is made again until patience ends. Thread-safe.
 */
final class RestApi {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ERROR_PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int ERROR_LINES = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();
  private final Supplier<URI> leader;
  private final Duration patience;
  private final Duration notFoundPatience;

  /**
   * @param leader where the leader's REST interface is; may throw {@link ClusterException}, which
   *     counts as "not now"
   * @param notFoundPatience how long a job may be unknown: a new leader recovers its jobs after it
   *     answers already
   */
  RestApi(Supplier<URI> leader, Duration patience, Duration notFoundPatience) {
    this.leader = leader;
    this.patience = patience;
    this.notFoundPatience = notFoundPatience;
  }

  /**
   * An answer.
   *
   * @param code 200 to 599
   * @param body what came, a missing node if it was empty
   */
  record Answer(int code, JsonNode body) {

    boolean isGood() {
      return code < 300;
    }

    /** Returns Flink's errors, of a stack trace its first lines. */
    String error() {
      return StreamSupport.stream(body.path("errors").spliterator(), false)
          .flatMap(error -> error.asText().lines().limit(ERROR_LINES))
          .collect(Collectors.joining(" "));
    }
  }

  JsonNode get(String path) {
    return good("GET", path, null);
  }

  JsonNode post(String path, JsonNode body) {
    return good("POST", path, body.toString());
  }

  private JsonNode good(String method, String path, String body) {
    Answer answer = call(method, path, body);
    if (!answer.isGood()) {
      throw new ClusterException(
          "%s %s was answered with %d: %s".formatted(method, path, answer.code(), answer.error()));
    }
    return answer.body();
  }

  /** Calls until there is an answer that is not for the election's sake; it may be an error. */
  Answer call(String method, String path, String body) {
    long started = System.nanoTime();
    String last = "nothing";
    while (System.nanoTime() - started < patience.toNanos()) {
      try {
        Answer answer = once(leader.get(), method, path, body);
        if (!isPassing(answer, started)) {
          return answer;
        }
        last = answer.code() + ": " + answer.error();
      } catch (IOException | ClusterException notNow) {
        last = notNow.toString();
      }
      LockSupport.parkNanos(POLL.toNanos());
      if (Thread.currentThread().isInterrupted()) {
        throw new ClusterException("Interrupted during %s %s.".formatted(method, path));
      }
    }
    throw new ClusterException(
        "%s %s found no JobManager that answers within %d s; the last attempt said: %s"
            .formatted(method, path, patience.toSeconds(), last));
  }

  private boolean isPassing(Answer answer, long started) {
    return switch (answer.code()) {
      // A leader that is losing its office, or a job that is being recovered, is a 500 too.
      case 500 -> System.nanoTime() - started < ERROR_PATIENCE.toNanos();
      case 502, 503, 504 -> true;
      case 404 -> System.nanoTime() - started < notFoundPatience.toNanos();
      default -> false;
    };
  }

  private Answer once(URI address, String method, String path, String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(REQUEST_TIMEOUT)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      return new Answer(response.statusCode(), parse(response.body()));
    } catch (InterruptedException e) {
      throw ClusterException.interrupted(method + " " + path, e);
    }
  }

  private static JsonNode parse(String body) throws IOException {
    return body.isBlank() ? JSON.missingNode() : JSON.readTree(body);
  }

  static ObjectMapper json() {
    return JSON;
  }
}
