package io.onceflow.testbed.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.cluster.ListeningSockets;
import io.onceflow.testbed.run.DemoServers;
import io.onceflow.testbed.servers.KafkaClient;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The life of the ledger in a cluster, by the commands that people type. */
class ClusterCommandsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path CURRENT = Path.of("target", "run", "current.properties");

  @TempDir(cleanup = CleanupMode.NEVER)
  private Path temporary;

  private Path directory;

  private final Set<Identity> seen = new HashSet<>();
  private long sent;

  @BeforeEach
  void inADirectoryOfAnyName() {
    directory = temporary.resolve("with a space");
  }

  /** Not left to JUnit: PostgreSQL's data may be elsewhere, with a link to them. */
  @AfterEach
  void endAndDelete() throws IOException {
    cluster("down");
    DemoServers.delete(directory.resolve("servers"));
    DemoServers.delete(temporary);
  }

  @Test
  void theLedgerIsSubmittedStoppedRestoredRescaledAndSurvivesADeath() throws Exception {
    String up = done("up", "--quick-start");
    assertThat(up).contains("Flink web UI http://127.0.0.1:").contains("make submit");
    notReachedFromOutside();
    nothingIsUploadedOrReadThroughRest();

    String submitted = done("submit");
    assertThat(submitted).contains("scripts/flink run -d ").contains("submitted with JobID");
    committedAfterLoad(1);
    assertThat(cluster("submit").code()).isEqualTo(2);
    assertThat(path(lastLine("savepoint"))).isDirectory();

    String stopped = lastLine("stop");
    Told forgotten = cluster("submit");
    assertThat(forgotten.code()).isEqualTo(1);
    assertThat(forgotten.text()).contains("is FAILED").contains("starts without state");
    send(2);
    assertThat(done("restore", "--from", stopped)).contains(" -s ").contains("NO_CLAIM");
    awaitCommitted();

    assertThat(done("rescale", "--parallelism", "3")).contains(" -p 3 -s ");
    killTaskManager();
    committedAfterLoad(3);
    assertThat(done("status")).contains("taskmanager-1").contains("job ledger");
    anotherJobBesideIt();

    String down = done("down");
    assertThat(down).contains("Ended: ").contains("make restore JOB=ledger FROM=latest");
    assertThat(seen).hasSizeGreaterThan(5).noneMatch(Identity::isAlive);
    assertThat(CURRENT).doesNotExist();
    assertThat(cluster("status").code()).isEqualTo(1);
  }

  private void anotherJobBesideIt() {
    assertThat(cluster("submit", "--job", "pipeline", "--parallelism", "5").text())
        .contains("must be 1 to 4");
    done("submit", "--job", "pipeline", "--parallelism", "1");
    String stopped = lastLine("stop", "--job", "pipeline");
    assertThat(Snapshots.find("latest", directory, "pipeline")).isEqualTo(path(stopped).toString());
    assertThat(Snapshots.find("latest", directory, "ledger"))
        .isNotEqualTo(path(stopped).toString());
  }

  /** What Flink prints is not encoded. */
  private static Path path(String printed) {
    return Path.of(new org.apache.flink.core.fs.Path(printed).getPath());
  }

  private void notReachedFromOutside() {
    for (ClusterState.Part part : note().parts()) {
      long pid = part.process().pid();
      assertThat(ListeningSockets.of(pid)).as(part.name()).contains(part.port());
      assertThat(ListeningSockets.beyondLoopback(pid)).as(part.name()).isEmpty();
    }
  }

  private void nothingIsUploadedOrReadThroughRest() throws Exception {
    assertThat(http("POST", "/jars/upload").statusCode()).isEqualTo(404);
    assertThat(http("GET", "/jars").statusCode()).isEqualTo(404);
    assertThat(http("GET", "/").body()).contains("Apache Flink Web Dashboard");
    for (String path :
        List.of(
            "/%2e%2e/%2e%2e/conf/config.yaml",
            "/jobmanager/logs/%2e%2e%2fconf%2fconfig.yaml",
            "/jobmanager/logs/..%252f..%252fconf%252fconfig.yaml",
            "/taskmanagers/taskmanager-1/logs/%2e%2e%2fconf%2fconfig.yaml")) {
      HttpResponse<String> answer = http("GET", path);
      assertThat(answer.body()).as(path).doesNotContain("numberOfTaskSlots");
      assertThat(answer.statusCode()).as(path).isGreaterThanOrEqualTo(400);
    }
  }

  private HttpResponse<String> http(String method, String path) throws Exception {
    URI uri = URI.create(note().webUis().get(0) + path);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody()).build(),
            BodyHandlers.ofString());
  }

  private void killTaskManager() {
    ClusterState.Part victim = part("taskmanager-1");
    ProcessHandle.of(victim.process().pid()).orElseThrow().destroyForcibly();
    await().atMost(PATIENCE).until(() -> !part("taskmanager-1").process().equals(victim.process()));
  }

  private ClusterState.Part part(String name) {
    return note().parts().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  /** Reads the cluster's file and remembers its processes. */
  private ClusterState note() {
    ClusterState state = ClusterState.require(directory);
    seen.add(state.supervisor());
    state.parts().forEach(part -> seen.add(part.process()));
    return state;
  }

  private void committedAfterLoad(long seed) throws IOException {
    send(seed);
    awaitCommitted();
  }

  private void send(long seed) throws IOException {
    long more = DemoServers.load(500, Duration.ofMillis(600), seed);
    assertThat(more).isPositive();
    sent += more;
  }

  /** Every record that was sent has a result or is a dead letter, once. */
  private void awaitCommitted() {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(results()).isEqualTo(sent));
  }

  private long results() throws IOException, SQLException {
    Properties run = new Properties();
    try (Reader in = Files.newBufferedReader(CURRENT)) {
      run.load(in);
    }
    String password = Files.readString(Path.of(run.getProperty("password-file"))).trim();
    try (var connection =
            DriverManager.getConnection(
                run.getProperty("jdbc-url"), run.getProperty("user"), password);
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery("SELECT count(*) FILTER (WHERE leg = 0) FROM ledger.results");
        KafkaClient kafka = KafkaClient.to(run.getProperty("bootstrap-servers"))) {
      rows.next();
      return rows.getLong(1) + kafka.readCommitted("ledger-dead-letters").size();
    }
  }

  private String lastLine(String command, String... arguments) {
    done(command, arguments);
    return told.lastLine();
  }

  private Told told;

  private String done(String command, String... arguments) {
    told = cluster(command, arguments);
    assertThat(told.code()).as(told.text()).isZero();
    return told.text();
  }

  private Told cluster(String command, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = command;
    all[1] = "--data-dir";
    all[2] = directory.toString();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Told.of(all);
  }
}
