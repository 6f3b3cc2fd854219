package io.onceflow.common.sink.peer;

import java.time.Duration;
import java.util.List;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.junit.annotations.TestEnv;
import org.apache.flink.connector.testframe.junit.annotations.TestSemantics;
import org.apache.flink.connector.testframe.testsuites.SinkTestSuiteBase;
import org.apache.flink.core.execution.CheckpointingMode;
import org.junit.jupiter.api.Timeout;

/**
 * Flink's {@link SinkTestSuiteBase} as it is, with a check of the rows that is stricter than its
 * own: {@link ExactRows}. A subclass has a field {@code @TestExternalSystem} with a {@link
 * PeerServer} and one field {@code @TestContext} per way to write; each runs the five cases: a
 * bounded job, stop with a savepoint and go on with parallelism 2 to 2, 2 to 4 and 4 to 2, and the
 * metrics.
 *
 * <p>The only semantics is EXACTLY_ONCE: the suite does not ask for another, and a sink that
 * commits with checkpoints refuses AT_LEAST_ONCE when it is built.
 *
 * <p>The suite injects no failure: it kills nothing, stops gracefully only, and cuts no connection.
 * {@code docs/testing.md} says which tests do.
 */
// The suite waits for metrics without an end and swallows interrupts, so it needs a thread that
// can be left behind.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class PeerSinkSuite extends SinkTestSuiteBase<String> {

  private static final Duration PATIENCE = Duration.ofSeconds(45);
  private static final Duration QUIET = Duration.ofSeconds(2);

  @TestEnv protected final PeerCluster cluster = new PeerCluster();

  @TestSemantics protected final CheckpointingMode[] semantics = {CheckpointingMode.EXACTLY_ONCE};

  /**
   * Waits for a quiet time at the end of a case only. Half of the rows are checked in between, and
   * what came too late for that is found at the end, by a reader that reads everything again.
   *
   * <p>The suite never closes its readers, so this does.
   */
  @Override
  protected void checkResultWithSemantic(
      ExternalSystemDataReader<String> reader, List<String> testData, CheckpointingMode semantic)
      throws Exception {
    var quiet = testData.size() < PeerContext.ROWS ? Duration.ZERO : QUIET;
    try (reader) {
      new ExactRows(PATIENCE, quiet).await(reader, testData);
    }
  }
}
