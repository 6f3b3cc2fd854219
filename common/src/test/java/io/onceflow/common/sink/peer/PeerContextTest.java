package io.onceflow.common.sink.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import java.util.HashSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;
import org.apache.flink.core.execution.CheckpointingMode;
import org.junit.jupiter.api.Test;

class PeerContextTest {

  private final PeerContext context = new NoStore();

  private static TestingSinkSettings settings(CheckpointingMode mode) {
    return TestingSinkSettings.builder().setCheckpointingMode(mode).build();
  }

  @Test
  void aCaseThatAsksForAtLeastOnceFailsAndIsNotSkipped() {
    assertThatThrownBy(() -> context.createSink(settings(CheckpointingMode.AT_LEAST_ONCE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the case asks for AT_LEAST_ONCE");
  }

  @Test
  void theSameSeedGivesTheSameRowsAndSomeOfThemTwice() {
    var settings = settings(CheckpointingMode.EXACTLY_ONCE);
    var rows = context.generateTestData(settings, 7);
    assertThat(context.generateTestData(settings, 7)).isEqualTo(rows);
    assertThat(context.generateTestData(settings, 8)).doesNotContainAnyElementsOf(rows);
    assertThat(rows).allMatch(row -> row.startsWith("7/"));
    assertThat(new HashSet<>(rows)).hasSizeBetween(rows.size() / 2, rows.size() - 1);
  }

  /** Fails when it is asked for a sink. */
  private static final class NoStore extends PeerContext {

    NoStore() {
      super("no store", new Configuration());
    }

    @Override
    protected TwoPhaseCommitSink.Builder<String> newSink() {
      throw new IllegalStateException("A sink was built in spite of the semantics.");
    }

    @Override
    public ExternalSystemDataReader<String> createSinkDataReader(TestingSinkSettings settings) {
      throw new IllegalStateException("Nothing was written.");
    }
  }
}
