package io.onceflow.common.sink.peer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.testsuites.SinkTestSuiteBase;
import org.apache.flink.core.execution.CheckpointingMode;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The check that decides over the peer's suite must be able to fail. */
@Timeout(30)
class ExactRowsTest {

  private static final List<String> EXPECTED = List.of("a", "b", "b", "c");

  private final ExactRows check = new ExactRows(Duration.ofSeconds(2), Duration.ofMillis(500));

  /** A reader whose polls return the words of one text each, and then nothing any more. */
  private static ExternalSystemDataReader<String> polls(String... batches) {
    var scripted = new ArrayDeque<List<String>>();
    for (var batch : batches) {
      scripted.add(batch.isEmpty() ? List.of() : List.of(batch.split(" ")));
    }
    return new ScriptedReader(scripted);
  }

  @Test
  void rowsInAnyOrderAndAnyBatchesPass() {
    assertThatCode(() -> check.await(polls("c b", "", "b a"), EXPECTED)).doesNotThrowAnyException();
  }

  @Test
  void oneMissingRowFailsAndIsNamed() {
    assertThatThrownBy(() -> check.await(polls("a b b"), EXPECTED))
        .isInstanceOf(ConditionTimeoutException.class)
        .hasMessageContaining("1 rows are missing")
        .hasMessageContaining("[\"c\"]");
  }

  @Test
  void oneMissingCopyOfTwoEqualRowsFails() {
    assertThatThrownBy(() -> check.await(polls("a b c"), EXPECTED)).hasMessageContaining("[\"b\"]");
  }

  @Test
  void oneDuplicateFailsAtOnceAndIsNamed() {
    assertThatThrownBy(() -> check.await(polls("a a"), EXPECTED))
        .isInstanceOf(TerminalFailureException.class)
        .hasStackTraceContaining("1 rows are too many")
        .hasStackTraceContaining("[\"a\"]");
  }

  @Test
  void aDuplicateInPlaceOfAMissingRowFails() {
    assertThatThrownBy(() -> check.await(polls("a b b b"), EXPECTED))
        .hasStackTraceContaining("1 rows are too many");
  }

  @Test
  void aDuplicateThatComesAfterAllRowsFails() {
    assertThatThrownBy(() -> check.await(allRowsAndThenADuplicate(), EXPECTED))
        .isInstanceOf(TerminalFailureException.class)
        .hasStackTraceContaining("[\"c\"]");
  }

  @Test
  void withoutAQuietTimeADuplicateAmongTheRowsStillFails() {
    var atOnce = new ExactRows(Duration.ofSeconds(2), Duration.ZERO);
    assertThatCode(() -> atOnce.await(polls("a b", "b c"), EXPECTED)).doesNotThrowAnyException();
    assertThatThrownBy(() -> atOnce.await(polls("a b", "b c c"), EXPECTED))
        .hasStackTraceContaining("1 rows are too many");
    assertThatThrownBy(() -> atOnce.await(polls("a b", "b"), EXPECTED))
        .hasStackTraceContaining("1 rows are missing");
  }

  /** Why the suite's own check is replaced. */
  @Test
  void theSuitesOwnCheckMissesADuplicateThatComesAfterAllRows() {
    assertThatCode(() -> new SuiteAsItIs().check(allRowsAndThenADuplicate()))
        .doesNotThrowAnyException();
  }

  private static ExternalSystemDataReader<String> allRowsAndThenADuplicate() {
    return polls("a b b c", "", "", "c");
  }

  private record ScriptedReader(Deque<List<String>> batches)
      implements ExternalSystemDataReader<String> {

    @Override
    public List<String> poll(Duration timeout) {
      return batches.isEmpty() ? List.of() : batches.poll();
    }

    @Override
    public void close() {}
  }

  private static final class SuiteAsItIs extends SinkTestSuiteBase<String> {

    void check(ExternalSystemDataReader<String> reader) throws Exception {
      checkResultWithSemantic(reader, EXPECTED, CheckpointingMode.EXACTLY_ONCE);
    }
  }
}
