package io.onceflow.common.sink.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/**
 * The check that a store holds exactly the expected rows, each as often as it was sent.
 *
 * <p>The suite's own check stops reading at the expected number of rows, so a duplicate that comes
 * late passes, and one that comes early makes it wait for ever. This one keeps reading after all
 * rows are there, and fails as soon as there is a row too many.
 *
 * @param patience how long the rows may take to be complete, and quiet in the end
 * @param quiet how long nothing more may come after all rows are there
 */
record ExactRows(Duration patience, Duration quiet) {

  private static final Duration POLL = Duration.ofMillis(50);
  private static final int SHOWN_ROWS = 10;

  /**
   * @throws ConditionTimeoutException naming rows that are missing
   * @throws TerminalFailureException naming rows that are too many
   */
  <T extends Comparable<T>> void await(ExternalSystemDataReader<T> reader, List<T> expected) {
    var tally = new RowTally<>(expected);
    // In the same thread: the tally and the reader belong to one.
    Awaitility.await("exactly %d rows".formatted(expected.size()))
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(POLL)
        .atMost(patience)
        .during(quiet)
        .failFast(() -> assertNone("too many", tally.surplus()))
        .untilAsserted(
            () -> {
              tally.read(reader.poll(POLL));
              assertNone("too many", tally.surplus());
              assertNone("missing", tally.missing());
            });
  }

  private static void assertNone(String problem, List<?> rows) {
    assertThat(rows.stream().limit(SHOWN_ROWS))
        .as("%d rows are %s, the first of them", rows.size(), problem)
        .isEmpty();
  }
}
