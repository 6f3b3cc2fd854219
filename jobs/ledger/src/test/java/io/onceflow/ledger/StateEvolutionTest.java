package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.ledger.OperatorHarness.Backend;
import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a later release relies on: a field added to a versioned format restores from a savepoint
 * without it.
 */
@SuppressWarnings("try") // Flink's harness declares that closing it may throw anything.
class StateEvolutionTest {

  /**
   * The version that "this release" writes. Flink makes serializers by class name, so it cannot be
   * a field.
   */
  private static int release = 1;

  @AfterEach
  void backToTheFirstRelease() {
    release = 1;
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aFieldAddedLaterRestoresWithItsDefault(Backend backend) throws Exception {
    OperatorSubtaskState savepoint;
    try (var first = open(backend, null)) {
      first.processElement(5L, 0);
      savepoint = first.snapshot(1, 1);
    }
    release = 2;
    try (var second = open(backend, savepoint)) {
      second.processElement(5L, 0);
      second.processElement(6L, 0);
      assertThat(second.extractOutputValues())
          .containsExactly("Grown[sum=10, count=-1]", "Grown[sum=6, count=1]");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void anOlderReleaseRefusesTheStateOfANewerOne(Backend backend) throws Exception {
    release = 2;
    OperatorSubtaskState savepoint;
    try (var second = open(backend, null)) {
      second.processElement(5L, 0);
      savepoint = second.snapshot(1, 1);
    }
    release = 1;
    assertThatThrownBy(
            () -> {
              try (var first = open(backend, savepoint)) {
                first.processElement(5L, 0);
              }
            })
        .isInstanceOf(Exception.class);
  }

  private static KeyedOneInputStreamOperatorTestHarness<Long, Long, String> open(
      Backend backend, OperatorSubtaskState state) throws Exception {
    KeyedOneInputStreamOperatorTestHarness<Long, Long, String> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new Sum()), value -> value, Types.LONG);
    harness.setStateBackend(backend.create());
    harness.setup();
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  /** The state; {@code count} came with release 2 and is -1 where it was not kept. */
  record Grown(long sum, long count) {}

  /** Written by the rules of {@link VersionedSerializer}. */
  public static final class GrownSerializer extends VersionedSerializer<Grown> {

    private static final long serialVersionUID = 1L;

    @Override
    protected int version() {
      return release;
    }

    @Override
    protected void write(Grown value, DataOutputView out) throws IOException {
      out.writeLong(value.sum());
      if (release >= 2) {
        out.writeLong(value.count());
      }
    }

    @Override
    protected Grown read(int version, DataInputView in) throws IOException {
      return new Grown(in.readLong(), version >= 2 ? in.readLong() : -1);
    }
  }

  /** Adds up. */
  private static final class Sum extends KeyedProcessFunction<Long, Long, String> {

    private static final long serialVersionUID = 1L;
    private transient ValueState<Grown> state;

    @Override
    public void open(OpenContext context) {
      state =
          getRuntimeContext().getState(new ValueStateDescriptor<>("sum", new GrownSerializer()));
    }

    @Override
    public void processElement(Long value, Context context, Collector<String> out)
        throws IOException {
      Grown old = state.value();
      Grown grown =
          old == null
              ? new Grown(value, 1)
              : new Grown(old.sum() + value, old.count() < 0 ? -1 : old.count() + 1);
      state.update(grown);
      out.collect(grown.toString());
    }
  }
}
