package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.OnReject;
import java.util.stream.LongStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A sink whose strategy is changed: refused over the old state, taken the way that is documented.
 */
@Timeout(120)
class StrategyChangeIT extends PreparedJobs {

  private static final long FEW_ROWS = 6_000;

  /** Not at its end before it is stopped, and no wait afterwards. */
  private static final double SLOW = 100;

  private static final double FAST = 100_000;

  @ParameterizedTest
  @EnumSource(CommitStrategy.class)
  void theStateOfOneStrategyIsRefusedByTheOtherAndANewSinkIdGoesOn(CommitStrategy before)
      throws Exception {
    var after = before == CommitStrategy.STAGED ? CommitStrategy.PREPARED : CommitStrategy.STAGED;
    var first = start(before, SinkJobs.SINK_ID, null, SLOW);
    await(first);
    var savepoint =
        first
            .stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();

    assertThatThrownBy(
            () -> start(after, SinkJobs.SINK_ID, savepoint, FAST).getJobExecutionResult().get())
        .hasStackTraceContaining(
            "Sink 'numbers' is configured with strategy %s, but the state it was restored with is of strategy %s. Nothing was changed."
                .formatted(after, before));

    start(after, "numbers-2", savepoint, FAST).getJobExecutionResult().get();
    assertThat(database.column("SELECT id FROM numbers ORDER BY id"))
        .containsExactlyElementsOf(LongStream.range(0, FEW_ROWS).mapToObj(Long::toString).toList());
    assertThat(inDoubt()).isEmpty();
  }

  private void await(JobClient job) {
    org.awaitility.Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> database.number("SELECT count(*) FROM numbers") > 0 || isOver(job));
  }

  private static boolean isOver(JobClient job) throws Exception {
    return job.getJobStatus().get().isTerminalState();
  }

  /** A new sink id goes with a new uid of the sink. */
  private JobClient start(
      CommitStrategy strategy, String sinkId, String restoreFrom, double perSecond)
      throws Exception {
    var environment = SinkJobs.environment(directory, 2, restoreFrom);
    environment.configure(
        new Configuration()
            .set(
                StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE,
                !sinkId.equals(SinkJobs.SINK_ID)));
    SinkJobs.numbers(environment, "numbers", 0, FEW_ROWS, perSecond)
        .rebalance()
        .sinkTo(
            SinkJobs.sink(
                environment,
                database,
                database.database().server().port(),
                builder ->
                    builder.strategy(strategy).sinkId(sinkId).onReject(OnReject.DEAD_LETTER)))
        .uid("sink-" + sinkId);
    return environment.executeAsync();
  }
}
