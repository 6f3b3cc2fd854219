package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.OnRewind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The steps of {@code docs/operate.md}, 'Rewind', with the SQL that stands there. */
@Timeout(120)
class RewindIT extends PreparedJobs {

  private static final long FEW_ROWS = 6_000;

  /** Not at its end before it is stopped, and no wait afterwards. */
  private static final double SLOW = 100;

  private static final double FAST = 100_000;
  private static final Pattern SQL =
      Pattern.compile("## Rewind.*?```sql\\n(.*?)```", Pattern.DOTALL);

  @Test
  void afterTheDocumentedStepsEveryRowIsThereOnce() throws Exception {
    database.sql(
        "ALTER TABLE numbers ADD COLUMN epoch bigint; ALTER TABLE numbers ALTER COLUMN epoch SET DEFAULT current_setting('onceflow.epoch')::bigint");
    var job = start(OnRewind.FAIL, null, SLOW);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                database.number("SELECT coalesce(max(last_checkpoint_id), 0) FROM onceflow.sink")
                    >= 5);
    job.cancel().get();
    await().atMost(PATIENCE).until(() -> job.getJobStatus().get().isGloballyTerminalState());
    var newest = database.column("SELECT last_restore_path FROM onceflow.sink").get(0);
    var rows = database.number("SELECT count(*) FROM numbers");

    database.sql(documented().replace(":c", "2"));
    assertThat(database.number("SELECT count(*) FROM numbers")).isLessThan(rows);
    start(OnRewind.ACCEPT_DUPLICATES, newest.replaceFirst("chk-\\d+$", "chk-2"), FAST)
        .getJobExecutionResult()
        .get();

    assertThat(database.column("SELECT id FROM numbers ORDER BY id"))
        .containsExactlyElementsOf(LongStream.range(0, FEW_ROWS).mapToObj(Long::toString).toList());
    assertThat(database.number("SELECT sum(row_count) FROM onceflow.marker")).isEqualTo(FEW_ROWS);
  }

  private static String documented() throws Exception {
    var block = SQL.matcher(Files.readString(Path.of("../docs/operate.md")));
    assertThat(block.find()).isTrue();
    return block
        .group(1)
        .replaceAll("--.*", "")
        .replaceAll(".*ledger\\.results.*", "")
        .replace("ledger.transfers", "numbers")
        .replace("'ledger'", "'%s'".formatted(SinkJobs.SINK_ID));
  }

  private JobClient start(OnRewind onRewind, String restoreFrom, double perSecond)
      throws Exception {
    var environment = SinkJobs.environment(directory, 2, restoreFrom);
    SinkJobs.numbers(environment, "numbers", 0, FEW_ROWS, perSecond)
        .sinkTo(
            SinkJobs.sink(
                environment,
                database,
                database.database().server().port(),
                builder -> builder.onRewind(onRewind)))
        .uid("sink");
    return environment.executeAsync();
  }
}
