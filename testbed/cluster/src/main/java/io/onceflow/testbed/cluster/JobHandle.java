package io.onceflow.testbed.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobStatus;

/**
 * A job of the cluster, through its REST interface. Calls wait while a leader is being elected.
 * Thread-safe. What the cluster refuses or does not answer in time is a {@link ClusterException}.
 */
public final class JobHandle {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration EXCEPTIONS_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration OPERATION_TIMEOUT = Duration.ofMinutes(2);

  private final RestApi rest;
  private final String id;

  JobHandle(RestApi rest, String id) {
    this.rest = rest;
    this.id = id;
  }

  /** Returns the job id in hex. */
  public String id() {
    return id;
  }

  /**
   * Returns what the leader says of the job. Not by {@code /jobs/ID/status}: the leader answers
   * that with 500 for a job that has just ended, while it still knows the job itself.
   */
  public JobStatus status() {
    return JobStatus.valueOf(rest.get("/jobs/" + id).path("state").asText());
  }

  /**
   * Says whether the job has ended for good. One that no leader knows has: a leader that lost its
   * leadership and got it back may forget at once a job that finished.
   */
  public boolean hasEnded() {
    RestApi.Answer answer = rest.call("GET", "/jobs/" + id, null);
    if (isUnknown(answer)) {
      return true;
    }
    if (!answer.isGood()) {
      throw new ClusterException(
          "The state of job %s is not known; the leader answered with %d: %s"
              .formatted(id, answer.code(), answer.error()));
    }
    return JobStatus.valueOf(answer.body().path("state").asText()).isGloballyTerminalState();
  }

  private static boolean isUnknown(RestApi.Answer answer) {
    return answer.code() == 404 || answer.error().contains("FlinkJobNotFoundException");
  }

  /** Says whether the job runs and every one of its tasks does. */
  public boolean isRunning() {
    JsonNode job = rest.get("/jobs/" + id);
    if (!job.path("state").asText().equals(JobStatus.RUNNING.name())) {
      return false;
    }
    for (JsonNode vertex : job.path("vertices")) {
      if (vertex.path("tasks").path("RUNNING").asInt() != vertex.path("parallelism").asInt()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until every task runs.
   *
   * @throws ClusterException if the job ends, or patience does
   */
  public void awaitRunning(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!isRunning()) {
      JobStatus status = status();
      if (status.isGloballyTerminalState() || System.nanoTime() > deadline) {
        throw new ClusterException(
            "Job %s is %s, and not all of its tasks run%s. %s"
                .formatted(
                    id,
                    status,
                    status.isGloballyTerminalState() ? "" : " after " + patience.toSeconds() + " s",
                    String.join("; ", awaitExceptions())));
      }
      pause();
    }
  }

  /** What the cluster says of a job may be older than its status. */
  private List<String> awaitExceptions() {
    long deadline = System.nanoTime() + EXCEPTIONS_TIMEOUT.toNanos();
    List<String> found = exceptions();
    while (found.isEmpty() && System.nanoTime() < deadline) {
      pause();
      found = exceptions();
    }
    return found;
  }

  /** Waits until the job has one of the statuses that are an end for good. */
  public JobStatus awaitEnd(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    JobStatus status = status();
    while (!status.isGloballyTerminalState()) {
      if (System.nanoTime() > deadline) {
        throw new ClusterException(
            "Job %s is still %s after %d s.".formatted(id, status, patience.toSeconds()));
      }
      pause();
      status = status();
    }
    return status;
  }

  /** Commits, takes a savepoint and ends; returns its path when the job has FINISHED. */
  public String stopWithSavepoint() {
    return stopWithSavepoint(null);
  }

  /** The same, with a directory of its own; null for the configured one. */
  public String stopWithSavepoint(String directory) {
    String path = operation("stop", body().put("targetDirectory", directory).put("drain", false));
    long deadline = System.nanoTime() + OPERATION_TIMEOUT.toNanos();
    while (!hasEnded()) {
      if (System.nanoTime() > deadline) {
        throw new ClusterException("Job %s took savepoint %s and goes on.".formatted(id, path));
      }
      pause();
    }
    return path;
  }

  /** Returns the path of a savepoint, after which the job goes on. */
  public String savepoint() {
    return savepoint(null);
  }

  /** The same, with a directory of its own; null for the configured one. */
  public String savepoint(String directory) {
    return operation(
        "savepoints", body().put("target-directory", directory).put("cancel-job", false));
  }

  /** Takes a checkpoint now and returns its number. */
  public long checkpoint() {
    String trigger = trigger("checkpoints", body());
    JsonNode done = await("checkpoints", trigger);
    return done.path("checkpointId").asLong();
  }

  /**
   * Ends the job without a savepoint; returns when it is CANCELED. One that had ended stays so.
   *
   * @throws ClusterException when it was refused, the job did not end in time, or the leader has
   *     forgotten meanwhile how it ended; see {@link #hasEnded}
   */
  public JobStatus cancel() {
    RestApi.Answer answer = rest.call("PATCH", "/jobs/" + id + "?mode=cancel", null);
    if (!answer.isGood() && answer.code() != 409) {
      throw new ClusterException("Job %s was not cancelled: %s".formatted(id, answer.error()));
    }
    return awaitEnd(OPERATION_TIMEOUT);
  }

  /** Returns the path of the newest completed or restored checkpoint or savepoint. */
  public Optional<String> latestCheckpointPath() {
    JsonNode latest = rest.get("/jobs/" + id + "/checkpoints").path("latest");
    JsonNode completed = latest.path("completed").path("external_path");
    JsonNode chosen =
        completed.isTextual() ? completed : latest.path("restored").path("external_path");
    return chosen.isTextual() ? Optional.of(chosen.asText()) : Optional.empty();
  }

  /** Returns the number of the newest completed checkpoint, 0 before the first one. */
  public long latestCheckpoint() {
    JsonNode latest = rest.get("/jobs/" + id + "/checkpoints").path("latest");
    return Math.max(
        latest.path("completed").path("id").asLong(0),
        latest.path("restored").path("id").asLong(0));
  }

  /** Returns how many checkpoints were completed since the present leader leads. */
  public long completedCheckpoints() {
    return rest.get("/jobs/" + id + "/checkpoints").path("counts").path("completed").asLong();
  }

  /** Returns the innermost causes of the failures the present leader knows, newest first. */
  public List<String> exceptions() {
    List<String> lines = new ArrayList<>();
    JsonNode entries =
        rest.get("/jobs/" + id + "/exceptions").path("exceptionHistory").path("entries");
    for (JsonNode entry : entries) {
      lines.add(reason(entry.path("stacktrace").asText(entry.path("exceptionName").asText())));
    }
    return lines;
  }

  private static ObjectNode body() {
    return RestApi.json().createObjectNode();
  }

  private String operation(String kind, ObjectNode body) {
    String trigger = trigger(kind, body);
    return await("savepoints", trigger).path("location").asText();
  }

  /** The id is ours, so that a call made twice is one operation. */
  private String trigger(String kind, ObjectNode body) {
    body.put("triggerId", UUID.randomUUID().toString().replace("-", ""));
    return rest.post("/jobs/" + id + "/" + kind, body).path("request-id").asText();
  }

  private JsonNode await(String kind, String trigger) {
    long deadline = System.nanoTime() + OPERATION_TIMEOUT.toNanos();
    while (System.nanoTime() < deadline) {
      JsonNode answer = rest.get("/jobs/" + id + "/" + kind + "/" + trigger);
      if (answer.path("status").path("id").asText().equals("COMPLETED")) {
        JsonNode operation = answer.path("operation");
        JsonNode failure = operation.path("failure-cause");
        if (failure.isObject()) {
          throw new ClusterException(
              "Job %s: %s %s failed: %s"
                  .formatted(id, kind, trigger, reason(failure.path("stack-trace").asText())));
        }
        return operation;
      }
      pause();
    }
    throw new ClusterException(
        "Job %s: %s %s was not done after %d s."
            .formatted(id, kind, trigger, OPERATION_TIMEOUT.toSeconds()));
  }

  /** The innermost cause. */
  private static String reason(String trace) {
    List<String> causes = trace.lines().filter(line -> !line.startsWith("\t")).toList();
    return causes.isEmpty() ? trace : causes.get(causes.size() - 1);
  }

  private static void pause() {
    LockSupport.parkNanos(POLL.toNanos());
    if (Thread.currentThread().isInterrupted()) {
      throw new ClusterException("Interrupted while waiting for a job.");
    }
  }

  @Override
  public String toString() {
    return "job " + id;
  }
}
