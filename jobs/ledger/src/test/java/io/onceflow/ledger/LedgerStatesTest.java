package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.upgrade.Golden;
import io.onceflow.common.upgrade.StateText;
import io.onceflow.ledger.OperatorHarness.Backend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger operator's states, from a snapshot; {@code SavepointIT} compares those of all. */
class LedgerStatesTest {

  @TempDir Path directory;

  @Test
  void theStatesAreThoseThatWereAccepted() throws Exception {
    assertThat(Files.readString(Golden.states("ledger").file())).contains(text(ledger()));
  }

  @Test
  @SuppressWarnings("try") // Flink's harness declares that closing it may throw anything.
  void aStateThatIsGoneAndOneOfAnotherTypeAreNoticed() throws Exception {
    var before = new Golden(Files.writeString(directory.resolve("states.txt"), text(ledger())));
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new OtherStates()), value -> value, Types.STRING);
    try (harness) {
      harness.open();
      assertThat(before.difference(text(harness.snapshot(1, 1))))
          .contains(
              "  execute-commands\n- ", "- " + "  due-slots: ", "-   header: ", "+   header: ")
          .doesNotContain("key: ");
    }
  }

  private static OperatorSubtaskState ledger() throws Exception {
    try (OperatorHarness harness = OperatorHarness.fresh(Backend.HEAP, Duration.ZERO)) {
      return harness.snapshot(1);
    }
  }

  private static String text(OperatorSubtaskState state) throws Exception {
    OperatorState operator =
        new OperatorState("execute", LedgerJob.EXECUTE_UID, new OperatorID(), 1, 128);
    operator.putState(0, state);
    return StateText.of(new CheckpointMetadata(1, List.of(operator), List.of()));
  }

  /** Has one of the ledger's states, of another type. */
  private static final class OtherStates extends KeyedProcessFunction<String, String, String> {

    private static final long serialVersionUID = 1L;
    private transient ValueState<Long> header;

    @Override
    public void open(org.apache.flink.api.common.functions.OpenContext context) {
      header = getRuntimeContext().getState(new ValueStateDescriptor<>("header", Types.LONG));
    }

    @Override
    public void processElement(String value, Context context, Collector<String> out)
        throws Exception {
      header.update(1L);
    }
  }
}
