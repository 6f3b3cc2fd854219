package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.check.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pipeline as a user starts it: killed with its servers while it writes, continued in SQL over
 * the same data, and then checked with one thing damaged at a time.
 */
class PipelineRunIT {

  private static final Pattern COMMITTED = Pattern.compile(" committed=([0-9]+) rate");
  private static final int ENOUGH = 3_000;

  @TempDir(cleanup = CleanupMode.NEVER)
  Path temporary;

  private RunFiles files() {
    return RunFiles.of(temporary.resolve("data"));
  }

  @AfterEach
  void delete() throws IOException {
    files().delete();
    Files.delete(temporary);
  }

  private List<String> arguments(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("--job", "pipeline", "--rate", "3000", "--malformed", "20"));
    arguments.addAll(List.of("--data-dir", files().directory().toString(), "--partitions", "3"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private long committedWhenKilled() throws Exception {
    try (RunProcess run = RunProcess.start(arguments())) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> !run.isAlive() || committed(run.outSoFar()) >= ENOUGH);
      run.kill();
      return committed(String.join("\n", run.await().out()));
    }
  }

  private static long committed(String out) {
    long committed = 0;
    for (Matcher line = COMMITTED.matcher(out); line.find(); ) {
      committed = Long.parseLong(line.group(1));
    }
    return committed;
  }

  @Test
  void everyNumberIsDoubledOnceAndEveryDamageIsNoticed() throws Exception {
    long killedAt = committedWhenKilled();
    assertThat(killedAt).isGreaterThanOrEqualTo(ENOUGH);
    String script = RunMain.sqlDirectory().resolve("pipeline.sql").toString();

    RunProcess.Result end =
        RunProcess.run(arguments("--duration", "3s", "--set", "pipeline.sql=" + script));

    assertThat(end.everything()).containsPattern("Continuing from .*/chk-[0-9]+");
    assertThat(end.lastLine())
        .as(end.everything())
        .matches(
            "RUN pipeline committed=[0-9]+ missing=0 duplicates=0 invariants=ok in-doubt=0 sent=.*")
        .doesNotContain("result=failed", "dead-letters=0 ");
    assertThat(end.exitCode()).isZero();
    assertThat(Long.parseLong(end.lastLine().replaceFirst(".* committed=([0-9]+) .*", "$1")))
        .isGreaterThan(killedAt);
    damages();
  }

  private void damages() throws Exception {
    var job = new PipelineRun();
    try (RunServers servers = RunServers.start(files(), job, 3);
        DamagedTopics topics = new DamagedTopics(servers.bootstrapServers())) {
      assertThat(check(job, servers).byKind()).isEmpty();

      topics.repeatLast(Topics.DOUBLED);
      assertThat(check(job, servers).byKind())
          .isEqualTo(Map.of(Kind.EXTRA_OUTPUT, 1L, Kind.OUTPUT_ORDER, 1L));

      topics.removeFirst(Topics.DOUBLED);
      assertThat(check(job, servers).byKind())
          .isEqualTo(Map.of(Kind.EXTRA_OUTPUT, 1L, Kind.NO_OUTPUT, 1L, Kind.OUTPUT_ORDER, 2L));

      topics.repeatLast(Topics.NO_NUMBERS);
      assertThat(check(job, servers).byKind()).containsEntry(Kind.EXTRA_DEAD_LETTER, 1L);

      topics.removeFirst(Topics.NO_NUMBERS);
      assertThat(check(job, servers).byKind()).containsEntry(Kind.NO_DEAD_LETTER, 1L);

      topics.sendInput(Topics.NUMBERS, 0, null, "8");
      assertThat(check(job, servers).byKind())
          .containsEntry(Kind.NOT_SENT, 1L)
          .containsEntry(Kind.NO_OUTPUT, 2L);

      try (var open = topics.openTransaction("left", Topics.NO_NUMBERS)) {
        assertThat(check(job, servers).byKind()).containsEntry(Kind.KAFKA_TRANSACTION, 1L);
        open.abortTransaction();
      }
    }
  }

  private Mistakes check(RunnableJob job, RunServers servers) throws Exception {
    Report report = job.check(servers, files(), new Mistakes(), text -> {});
    return report.mistakes();
  }
}
