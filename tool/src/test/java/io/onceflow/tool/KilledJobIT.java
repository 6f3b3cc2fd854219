package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real job is killed with SIGKILL while an epoch is in doubt, the tool settles it with the job
 * gone, and the job then goes on from the only place the tool names. What is printed on the way is
 * kept in {@code target/transcript.txt}: it is what docs/tool.md shows.
 */
@Timeout(300)
class KilledJobIT {

  private static final int ROWS = 12_000;

  @TempDir Path directory;
  private ToolDatabase database;
  private Path checkpoints;
  private final StringBuilder transcript = new StringBuilder();

  @BeforeEach
  void create() {
    database = ToolDatabase.create(directory);
    database.sql(
        "CREATE TABLE numbers (id bigint, epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint)");
    checkpoints = directory.resolve("checkpoints");
  }

  private Process job(Path log, String more) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx512m",
            "-Dlog4j2.configurationFile=log4j2-tool.properties",
            "-cp",
            System.getProperty("java.class.path"),
            NumbersJob.class.getName(),
            database.config().toString(),
            checkpoints.toString(),
            Integer.toString(ROWS),
            more));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private ToolResult tool(String... arguments) {
    var result = ToolResult.run(database, arguments);
    transcript
        .append("$ onceflow ")
        .append(String.join(" ", arguments))
        .append(" --config job.yaml\n")
        .append(result.out())
        .append(result.err())
        .append("[exit ")
        .append(result.exit())
        .append("]\n\n");
    return result;
  }

  private Path newestCheckpoint() throws IOException {
    try (var files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.getFileName().toString().equals("_metadata"))
          .map(Path::getParent)
          .max(
              java.util.Comparator.comparingLong(
                  chk -> Long.parseLong(chk.getFileName().toString().substring(4))))
          .orElseThrow();
    }
  }

  private List<String> prepared() {
    return database.column(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid");
  }

  private void killWhileInDoubt() throws Exception {
    var log = directory.resolve("first.log");
    var first = job(log, "stall");
    try {
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() -> assertThat(log).content().contains(NumbersJob.STALLED));
      // The writers have gone on to the next checkpoint, which cannot complete any more.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(prepared()).hasSizeGreaterThanOrEqualTo(4));
    } finally {
      // SIGKILL: no shutdown hook runs.
      first.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatAKilledJobLeftInDoubtIsSettledWithTheJobGone() throws Exception {
    killWhileInDoubt();
    var checkpoint = newestCheckpoint().toString();
    var committedBefore = database.column("SELECT count(*) FROM numbers").get(0);

    assertThat(tool("in-doubt").out()).contains("numbers RowExclusiveLock");
    var early = tool("resolve", "--checkpoint", checkpoint);
    assertThat(early.exit()).as("so soon it may be alive").isEqualTo(4);
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> ToolResult.run(database, "resolve", "--checkpoint", checkpoint).exit() == 0);
    assertThat(tool("in-doubt").out()).contains("The job is gone", "onceflow resolve --sink");
    assertThat(tool("resolve", "--checkpoint", checkpoint).out())
        .contains("commit ", "roll back", "PLANNED");
    var settled = tool("resolve", "--checkpoint", checkpoint, "--execute");
    assertThat(settled.exit()).as(settled.out() + settled.err()).isZero();
    assertThat(prepared()).isEmpty();
    assertThat(database.column("SELECT count(*) FROM numbers").get(0))
        .isNotEqualTo(committedBefore);
    assertThat(tool("in-doubt").out()).contains("0 transaction(s) in doubt");
    assertThat(tool("markers", "--last", "8").exit()).isZero();
    assertThat(tool("verify").out()).contains("EQUAL").containsPattern("numbers +(\\d+) +\\1 ");

    restartAndFinish(checkpoint);
    Files.writeString(
        Path.of("target/transcript.txt"),
        transcript.toString().replace(directory.toString(), "/data"));
  }

  private void restartAndFinish(String checkpoint) throws Exception {
    var log = directory.resolve("second.log");
    var second = job(log, Path.of(checkpoint).toUri().toString());
    assertThat(second.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).as(Files.readString(log)).isZero();
    assertThat(database.column("SELECT count(*) || ' ' || count(DISTINCT id) FROM numbers"))
        .as("every number once")
        .containsExactly(ROWS + " " + ROWS);
    assertThat(prepared()).isEmpty();
    assertThat(tool("verify").exit()).isZero();
  }

  @Test
  void aCheckpointOlderThanTheResolvedOneIsRefusedByTheStore() throws Exception {
    killWhileInDoubt();
    var checkpoint = newestCheckpoint();
    var settled =
        ToolResult.run(
            database,
            "resolve",
            "--checkpoint",
            checkpoint.toString(),
            "--execute",
            "--even-if-alive");
    assertThat(settled.exit()).as(settled.out() + settled.err()).isZero();
    var log = directory.resolve("fresh.log");

    var fresh = job(log, "");

    assertThat(fresh.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(fresh.exitValue()).isNotZero();
    assertThat(log).content().contains("To continue, restore from", checkpoint.toString());
  }
}
