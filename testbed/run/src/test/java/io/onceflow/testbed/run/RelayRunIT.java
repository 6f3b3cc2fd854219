package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Mistakes.Kind;
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
 * The relay as a user starts it: killed with its servers while it writes, continued over the same
 * data, and then checked with one thing damaged at a time.
 */
class RelayRunIT {

  private static final Pattern COMMITTED = Pattern.compile(" committed=([0-9]+) rate");
  private static final int ENOUGH = 500;
  private static final int PARTITIONS = 2;

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
        new ArrayList<>(List.of("--job", "relay", "--rate", "300", "--state", "heap"));
    arguments.addAll(List.of("--data-dir", files().directory().toString()));
    arguments.addAll(List.of("--partitions", Integer.toString(PARTITIONS)));
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
  void everyRecordIsBackOnceAndEveryDamageIsNoticed() throws Exception {
    long killedAt = committedWhenKilled();
    assertThat(killedAt).isGreaterThanOrEqualTo(ENOUGH);

    RunProcess.Result end = RunProcess.run(arguments("--duration", "3s"));

    assertThat(end.everything()).containsPattern("Continuing from .*/chk-[0-9]+");
    assertThat(end.lastLine())
        .as(end.everything())
        .matches(
            "RUN relay committed=[0-9]+ missing=0 duplicates=0 invariants=ok in-doubt=0 sent=.*")
        .doesNotContain("result=failed");
    assertThat(end.exitCode()).isZero();
    damages();
  }

  private void damages() throws Exception {
    var job = new RelayRun();
    try (RunServers servers = RunServers.start(files(), job, PARTITIONS);
        DamagedTopics topics = new DamagedTopics(servers.bootstrapServers())) {
      assertThat(check(job, servers).byKind()).isEmpty();

      topics.repeatLast(Topics.RELAYED_BACK);
      assertThat(check(job, servers).byKind())
          .isEqualTo(Map.of(Kind.EXTRA_OUTPUT, 1L, Kind.OUTPUT_ORDER, 1L));

      topics.repeatLast(Topics.WEBHOOK_RESULTS);
      assertThat(check(job, servers).byKind()).containsEntry(Kind.EXTRA_OUTPUT, 2L);

      topics.removeFirst(Topics.WEBHOOK_RESULTS);
      assertThat(check(job, servers).byKind()).containsEntry(Kind.NO_OUTPUT, 1L);
    }
  }

  private Mistakes check(RunnableJob job, RunServers servers) throws Exception {
    return job.check(servers, files(), new Mistakes(), text -> {}).mistakes();
  }
}
