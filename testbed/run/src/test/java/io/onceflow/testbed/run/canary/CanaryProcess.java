package io.onceflow.testbed.run.canary;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A {@link CanaryJob} in a JVM of its own, and its REST interface. */
final class CanaryProcess implements AutoCloseable {

  private static final Pattern JOB_ID = Pattern.compile("\"id\":\"([0-9a-f]{32})\"");
  private static final Pattern LOCATION = Pattern.compile("\"location\":\"([^\"]+)\"");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  private CanaryProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts it; the planted word goes onto its command line, too. */
  static CanaryProcess start(
      Path out, Map<String, String> environment, int port, List<String> arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-"))
        .forEach(command::add);
    var log = Path.of("src/test/resources/log4j2-canary.properties").toAbsolutePath();
    command.add("-Dlog4j2.configurationFile=" + log.toUri());
    command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", CanaryJob.class.getName()));
    command.addAll(arguments);
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
    builder.environment().putAll(environment);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return new CanaryProcess(builder.start(), port);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int awaitExit() throws InterruptedException {
    return process.waitFor();
  }

  /** The answer, or nothing as long as there is none. */
  String get(String path) {
    return send(HttpRequest.newBuilder(uri(path)).GET().build());
  }

  String post(String path, String json) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(port, path));
  }

  private String send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException notThere) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** The job's id, or nothing as long as there is no job. */
  String jobId() {
    var match = JOB_ID.matcher(get("/jobs"));
    return match.find() ? match.group(1) : "";
  }

  /**
   * What the web UI can show: each answer of the interface that has something to do with the job.
   */
  void addTo(Surfaces surfaces) {
    var job = "/jobs/" + jobId();
    for (var path :
        List.of(
            "/config",
            "/jobmanager/config",
            "/jobmanager/environment",
            "/jobmanager/thread-dump",
            "/taskmanagers",
            job,
            job + "/config",
            job + "/plan",
            job + "/exceptions",
            job + "/checkpoints",
            job + "/checkpoints/config",
            job + "/accumulators",
            job + "/jobmanager/config",
            job + "/jobmanager/environment")) {
      surfaces.add("rest " + path.replaceAll("[0-9a-f]{32}", ":id"), get(path));
    }
  }

  /** Where the savepoint of a stop is, or nothing until it is complete. */
  String savepoint(String triggerId) {
    var match = LOCATION.matcher(get("/jobs/%s/savepoints/%s".formatted(jobId(), triggerId)));
    return match.find() ? match.group(1) : "";
  }

  String failures() {
    return get("/jobs/" + jobId() + "/exceptions");
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
