package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.job.Job;
import io.onceflow.common.job.JobMain;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.TestServers;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the job of {@code docs/write-your-own-job.md} and runs it on real servers. */
@Timeout(180)
class WriteYourOwnJobIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder().setNumberSlotsPerTaskManager(4).build());

  private static final Path GUIDE = Path.of("../../docs/write-your-own-job.md");
  private static final Path SINK_TABLES = Path.of("../../flink-conf/sql/onceflow.sql");
  private static final int MAX_LINES = 60;

  @TempDir Path directory;

  @Test
  void theGuidesJobRunsAndIsShort() throws Exception {
    var source = block("java");
    assertThat(source.lines().filter(line -> !line.isBlank())).hasSizeLessThan(MAX_LINES);
    var database = TestServers.newDatabase();
    execute(database, "ALTER DATABASE \"%s\" SET search_path = public".formatted(database.name()));
    execute(database, Files.readString(SINK_TABLES));
    execute(database, block("sql").replaceFirst("\\\\i .*", ""));
    var topic = TestServers.newTopic("payments", 1);
    var dead = TestServers.newTopic("payments-dead", 1);
    var markers = TestServers.newTopic("markers", 1, Map.of("cleanup.policy", "compact"));

    var job = job(source);
    var environment = environment();
    JobMain.define(job, environment, arguments(database, topic, dead, markers));
    var client = environment.executeAsync("payments");
    try (var kafka = KafkaClient.to(TestServers.kafka())) {
      for (var line : List.of("a,100", "not a payment", "b,250", "c,-1")) {
        kafka.send(topic, null, line);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> count(database, "SELECT count(*) FROM payments") == 2);
      await().atMost(Duration.ofSeconds(60)).until(() -> kafka.readCommitted(dead).size() == 1);
    } finally {
      client.cancel().get();
    }
    assertThat(count(database, "SELECT sum(cents) FROM payments")).isEqualTo(350);
    assertThat(count(database, "SELECT count(*) FROM onceflow.dead_letter WHERE code = '23514'"))
        .isEqualTo(1);
  }

  private StreamExecutionEnvironment environment() {
    var configuration = new Configuration();
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.resolve("chk").toUri().toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
    configuration.set(PipelineOptions.JARS, List.of(jarFile().toUri().toString()));
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  private String[] arguments(PostgresDatabase database, String topic, String dead, String markers)
      throws Exception {
    var file = Files.writeString(directory.resolve("payments.yaml"), block("yaml"));
    var arguments = new ArrayList<>(List.of("--config", file.toString()));
    for (var setting :
        List.of(
            "kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
            "source.topic=" + topic,
            "dead-letters.topic=" + dead,
            "dead-letters.marker-topic=" + markers,
            "postgres.port=" + database.server().port(),
            "postgres.database=" + database.name(),
            "postgres.user=" + database.server().user(),
            "postgres.password-file=" + database.server().passwordFile())) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments.toArray(String[]::new);
  }

  private Job<?> job(String source) throws Exception {
    var folder = Files.createDirectories(directory.resolve("example"));
    var file = Files.writeString(folder.resolve("PaymentsMain.java"), source);
    var status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", System.getProperty("java.class.path"), file.toString());
    assertThat(status).as("javac of the guide's job").isZero();
    jar(folder);
    var loader =
        new URLClassLoader(new URL[] {jarFile().toUri().toURL()}, getClass().getClassLoader());
    return (Job<?>) loader.loadClass("example.PaymentsMain").getDeclaredConstructor().newInstance();
  }

  private Path jarFile() {
    return directory.resolve("payments.jar");
  }

  private void jar(Path folder) throws Exception {
    try (var jar = new JarOutputStream(Files.newOutputStream(jarFile()));
        var files = Files.list(folder)) {
      for (var file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
        jar.putNextEntry(new JarEntry("example/" + file.getFileName()));
        Files.copy(file, jar);
      }
    }
  }

  private static String block(String language) throws Exception {
    var matcher =
        Pattern.compile("```%s\\n(.*?)```".formatted(language), Pattern.DOTALL)
            .matcher(Files.readString(GUIDE, StandardCharsets.UTF_8));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private static void execute(PostgresDatabase database, String sql) throws Exception {
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long count(PostgresDatabase database, String sql) throws Exception {
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
