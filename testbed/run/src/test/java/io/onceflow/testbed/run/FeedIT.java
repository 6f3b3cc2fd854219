package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A user's own commands, and Ctrl-C. */
class FeedIT {

  private static final String COMMANDS =
      """
      {"type":"open","group":"eu","account":7,"ledger":978,"code":10}
      {"type":"open","group":"eu","account":8,"ledger":978,"code":10}
      {"type":"transfer","group":"eu","id":"0198c2d1-7e00-7000-8000-000000000001","debit":7,"credit":8,"amount":1250,"ledger":978,"code":1}

      this is no command
      {"type":"transfer","group":"eu","id":"0198c2d1-7e00-7000-8000-000000000001","debit":7,"credit":8,"amount":1250,"ledger":978,"code":1}
      """;

  private static final String MALFORMED = "{\"type\":\n".repeat(40);

  @TempDir(cleanup = CleanupMode.NEVER)
  Path temporary;

  private RunFiles files;
  private Path file;

  @BeforeEach
  void writeTheFile() throws IOException {
    files = RunFiles.of(temporary.resolve("data"));
    file = Files.writeString(temporary.resolve("commands.jsonl"), COMMANDS);
  }

  /** Not left to JUnit: the servers' data may be elsewhere, with a link to them. */
  @AfterEach
  void delete() throws IOException {
    files.delete();
    Files.delete(file);
    Files.delete(temporary);
  }

  @Test
  void aFileGoesIntoTheRunThatIsStartingAndCtrlCEndsThatWell() throws Exception {
    Files.writeString(file, MALFORMED + COMMANDS + MALFORMED);
    try (RunProcess run =
        RunProcess.start(
            List.of(
                "--data-dir", files.directory().toString(), "--rate", "50", "--accounts", "5"))) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> !run.isAlive() || run.outSoFar().contains("Starting PostgreSQL"));
      RunProcess.Result another = RunProcess.run(List.of("--duration", "1s"));
      RunProcess.Result feed = RunProcess.run(List.of("--feed", file.toString()));
      run.interrupt();
      RunProcess.Result end = run.await();
      assertThat(another.err()).startsWith("A run is under way");
      assertThat(another.exitCode()).as(another.everything()).isEqualTo(2);
      assertThat(feed.lastLine())
          .as(feed.everything())
          .isEqualTo("FEED sent=85 malformed=81 committed=yes");
      assertThat(feed.exitCode()).isZero();
      assertThat(end.lastLine())
          .as(end.everything())
          .startsWith("RUN ledger committed=")
          .contains(" missing=0 duplicates=0 invariants=ok in-doubt=0");
      assertThat(end.exitCode()).isZero();
    }
  }

  @Test
  void aFileWithoutARunStartsOneThatEndsWhenItIsCommitted() throws Exception {
    RunProcess.Result result =
        RunProcess.run(
            List.of("--data-dir", files.directory().toString(), "--feed", file.toString()));
    assertThat(result.lastLine())
        .as(result.everything())
        .startsWith(
            "RUN ledger committed=4 missing=0 duplicates=0 invariants=ok in-doubt=0 sent=5 dead-letters=1");
    assertThat(result.exitCode()).isZero();
  }
}
