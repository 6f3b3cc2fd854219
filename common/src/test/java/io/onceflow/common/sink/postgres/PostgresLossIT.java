package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A prepared transaction that an administrator rolled back is noticed, and named. */
@Timeout(180)
class PostgresLossIT extends PreparedJobs {

  @Test
  void aTransactionThatAnAdministratorRolledBackEndsTheJobAndSaysWhatToDo() throws Exception {
    var gone = new CopyOnWriteArrayList<String>();
    onHit(
        CrashPoints.COMMIT_BEFORE_DECIDE,
        4,
        () -> {
          gone.add(inDoubt().get(0));
          database.administer("ROLLBACK PREPARED '%s'".formatted(gone.get(0)));
        });
    var client = start(2, null);

    assertThatThrownBy(() -> client.getJobExecutionResult().get())
        .hasStackTraceContaining("is LOST")
        .hasStackTraceContaining("on-rewind: accept-duplicates")
        .satisfies(e -> assertThat(stackTrace(e)).contains(gone.get(0)));
    assertThat(client.getJobStatus().get()).isEqualTo(JobStatus.FAILED);
    inDoubt().forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
  }

  @Test
  void aLossThatIsFoundBeforeTheDecisionIsRepairedFromTheCheckpointBefore() throws Exception {
    onHit(
        CrashPoints.SNAPSHOT_STATE,
        4,
        () -> database.administer("ROLLBACK PREPARED '%s'".formatted(inDoubt().get(0))));
    var failed = start(2, null);
    var failure = assertThatThrownBy(() -> failed.getJobExecutionResult().get()).actual();
    var said =
        Pattern.compile("was decided or committed by this attempt: restore from checkpoint (\\d+)")
            .matcher(stackTrace(failure));
    assertThat(said.find()).as(stackTrace(failure)).isTrue();

    CrashPoints.disarmAll();
    start(2, checkpoint(Integer.parseInt(said.group(1)))).getJobExecutionResult().get();
    assertEveryRowOnce(ROWS);
  }

  private String checkpoint(int number) throws IOException {
    try (var paths = Files.walk(directory)) {
      return paths
          .filter(path -> path.endsWith("chk-" + number))
          .map(path -> path.toUri().toString())
          .findFirst()
          .orElseThrow();
    }
  }

  private static String stackTrace(Throwable e) {
    return ExceptionUtils.stringifyException(e);
  }
}
