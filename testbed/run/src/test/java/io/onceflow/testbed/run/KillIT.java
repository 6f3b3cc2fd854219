package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ledger job with Kafka and PostgreSQL, killed while it writes: job, servers and generator end
 * at once, and the next run over the same data goes on from the newest checkpoint. State in RocksDB
 * with incremental checkpoints.
 */
class KillIT {

  private static final int EXIT_SIGKILL = 137;
  private static final int EPOCHS = 4;
  private static final Pattern MOMENT = Pattern.compile(" epoch=([0-9]+) .* committed=([0-9]+) ");

  @TempDir(cleanup = CleanupMode.NEVER)
  Path temporary;

  @AfterEach
  void delete() throws IOException {
    RunFiles.of(temporary.resolve("data")).delete();
    Files.delete(temporary);
  }

  @Test
  void killedTwiceWhileItWritesARunLosesAndDoublesNothing() throws Exception {
    Moment first = runUntilKilled(0);
    Moment second = runUntilKilled(first.epoch);
    RunProcess.Result end = RunProcess.run(arguments("--duration", "4s"));
    // The live view counts from its own run's first epoch; the last line counts all of the data.
    assertThat(second.committed).isPositive();
    assertThat(end.everything()).containsPattern("Continuing from .*/chk-[0-9]+");
    assertThat(end.lastLine())
        .as(end.everything())
        .startsWith("RUN ledger committed=")
        .contains(" missing=0 duplicates=0 invariants=ok in-doubt=0 ")
        .doesNotContain("result=failed");
    assertThat(end.exitCode()).as(end.everything()).isZero();
    assertThat(Long.parseLong(end.lastLine().replaceFirst(".* committed=([0-9]+) .*", "$1")))
        .isGreaterThan(first.committed + second.committed);
  }

  /** What a run had shown last. */
  private record Moment(long epoch, long committed) {
    static Moment last(String out) {
      Moment last = new Moment(0, 0);
      for (Matcher line = MOMENT.matcher(out); line.find(); ) {
        last = new Moment(Long.parseLong(line.group(1)), Long.parseLong(line.group(2)));
      }
      return last;
    }
  }

  private Moment runUntilKilled(long earlierEpochs) throws Exception {
    try (RunProcess run = RunProcess.start(arguments("--rate", "2000"))) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(
              () -> !run.isAlive() || Moment.last(run.outSoFar()).epoch >= earlierEpochs + EPOCHS);
      run.kill();
      RunProcess.Result killed = run.await();
      assertThat(killed.exitCode()).as(killed.everything()).isEqualTo(EXIT_SIGKILL);
      return Moment.last(String.join("\n", killed.out()));
    }
  }

  private List<String> arguments(String option, String value) {
    String data = temporary.resolve("data").toString();
    return List.of(
        "--data-dir",
        data,
        "--state",
        "rocksdb",
        "--partitions",
        "4",
        "--accounts",
        "50",
        option,
        value);
  }
}
