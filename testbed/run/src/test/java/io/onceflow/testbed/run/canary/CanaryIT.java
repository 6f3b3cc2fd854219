package io.onceflow.testbed.run.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.tool.ToolMain;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ledger job over TLS and SASL_SSL, configured by the keys that users have, with one password
 * for everything, through lost connections, wrong passwords and a column that is gone. Nothing that
 * is left behind holds the password. A planted word, which is no secret, takes the same ways and is
 * found in each place: the search would have found the password.
 */
@Timeout(400)
class CanaryIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern TRIGGER = Pattern.compile("\"request-id\":\"([0-9a-f]+)\"");

  @TempDir Path directory;

  private final String canary = "S3CR3T-" + UUID.randomUUID();
  private final String planted = "planted-" + UUID.randomUUID().toString().substring(0, 8);
  private final Surfaces surfaces = new Surfaces();
  private CanaryServers servers;
  private CanaryProcess job;

  @BeforeEach
  void start() throws Exception {
    servers = CanaryServers.start(directory, canary, planted);
  }

  @AfterEach
  void stop() {
    if (job != null) {
      job.close();
    }
    servers.close();
  }

  @Test
  void thePasswordIsNowhereAndWhatIsPlantedIsEverywhere() throws Exception {
    submit(null);
    servers.sendCommands(1, planted);
    awaitEpochs(servers.epochs() + 3);
    loseConnections();
    useWrongPasswords();
    servers.sendCommands(2, planted);
    awaitEpochs(servers.epochs() + 3);
    collectWhileRunning();
    var savepoint = stopWithSavepoint();
    surfaces.addFiles("savepoint", Path.of(savepoint));

    askTheTool();
    failForGood(savepoint);
    collectWhatStays();

    assertThat(surfaces.holding(canary)).isEmpty();
    assertThat(surfaces.holding(planted)).containsAll(WHERE_THE_PLANTED_WORD_GOES);
  }

  /** At least: the others show no name of the job's. */
  private static final List<String> WHERE_THE_PLANTED_WORD_GOES =
      List.of(
          "checkpoints",
          "command lines",
          "dead letters",
          "job graph",
          "markers",
          "output",
          "rest /jobmanager/config",
          "rest /jobs/:id/exceptions",
          "results",
          "savepoint",
          "tables",
          "temporary files",
          "tool");

  private void submit(String savepoint) throws Exception {
    var arguments =
        new ArrayList<>(
            List.of(
                servers.yaml().toString(),
                directory.resolve("flink").toString(),
                Integer.toString(servers.restPort()),
                planted));
    if (savepoint != null) {
      arguments.add(savepoint);
    }
    Files.createDirectories(directory.resolve("flink/tmp"));
    job =
        CanaryProcess.start(
            out(), Map.of(CanaryServers.VARIABLE, canary), servers.restPort(), arguments);
  }

  private Path out() {
    return directory.resolve("job.out");
  }

  private void awaitEpochs(long number) {
    await()
        .atMost(PATIENCE)
        .failFast(
            "the job ended", () -> assertThat(job.isAlive()).as(Files.readString(out())).isTrue())
        .until(() -> servers.epochs() >= number);
  }

  private void loseConnections() throws Exception {
    servers.endConnections();
    awaitEpochs(servers.epochs() + 2);
  }

  private void useWrongPasswords() throws Exception {
    servers.setDatabasePassword("another");
    servers.endConnections();
    awaitFailure("password authentication failed");
    servers.setDatabasePassword(canary);
    awaitEpochs(servers.epochs() + 2);

    servers.setKafkaPassword("another");
    servers.endConnections();
    awaitFailure("Authentication failed");
    surfaces.add("rest /jobs/:id/exceptions", job.failures());
    servers.setKafkaPassword(canary);
    awaitEpochs(servers.epochs() + 2);
  }

  private void awaitFailure(String text) {
    await().atMost(PATIENCE).until(() -> job.failures().contains(text));
  }

  private void collectWhileRunning() throws Exception {
    job.addTo(surfaces);
    surfaces.addCommandLines();
    surfaces.addFiles("checkpoints", directory.resolve("flink/chk"));
    surfaces.addFiles("temporary files", directory.resolve("flink/tmp"));
    surfaces.add("job graph", Files.readAllBytes(directory.resolve("flink/job.graph")));
  }

  private String stopWithSavepoint() {
    var target = directory.resolve("flink/savepoints");
    var answer =
        job.post(
            "/jobs/%s/savepoints".formatted(job.jobId()),
            "{\"target-directory\":\"%s\",\"cancel-job\":false}".formatted(target));
    var trigger = TRIGGER.matcher(answer);
    assertThat(trigger.find()).as(answer).isTrue();
    await().atMost(PATIENCE).until(() -> !job.savepoint(trigger.group(1)).isEmpty());
    var savepoint = job.savepoint(trigger.group(1)).replaceFirst("^file:/+", "/");
    job.close();
    return savepoint;
  }

  /** Over TLS, with the job's own configuration. */
  private void askTheTool() {
    for (var command : List.of("preflight", "markers", "in-doubt", "dead-letters list", "verify")) {
      var text = new StringWriter();
      var writer = new PrintWriter(text, true);
      var arguments = new ArrayList<>(List.of(command.split(" ")));
      arguments.addAll(List.of("--config", servers.yaml().toString()));
      var exit = ToolMain.execute(writer, writer, arguments.toArray(String[]::new));
      surfaces.add("tool", text.toString());
      if (!command.equals("verify")) {
        assertThat(exit).as(command + ": " + text).isZero();
      }
    }
  }

  /** The preflight finds that a column is gone, which no restart cures. */
  private void failForGood(String savepoint) throws Exception {
    servers.sql("ALTER TABLE ledger.results RENAME COLUMN result TO \"%s\"".formatted(planted));
    submit(savepoint);
    assertThat(job.awaitExit()).isNotZero();
    assertThat(Files.readString(out())).contains("Column ledger.results.result does not exist");
  }

  private void collectWhatStays() throws Exception {
    surfaces.add("output", Files.readAllBytes(out()));
    surfaces.add("configuration", Files.readAllBytes(servers.yaml()));
    surfaces.add("tables", servers.tables());
    surfaces.addFiles("logs of the servers", servers.logs());
    try (var client = KafkaClient.to(servers.internalServers())) {
      addTopic(client, "results", "results");
      addTopic(client, "dead letters", "dead-letters");
      addTopic(client, "markers", "onceflow-markers");
    }
    surfaces.addFiles("everything else", directory, servers.passwordFile());
  }

  private void addTopic(KafkaClient client, String surface, String topic) {
    for (var record : client.readAll(topic)) {
      if (record.key() != null) {
        surfaces.add(surface, record.key());
      }
      if (record.value() != null) {
        surfaces.add(surface, record.value());
      }
      for (var header : record.headers()) {
        surfaces.add(surface, header.key());
        surfaces.add(surface, header.value());
      }
    }
  }
}
