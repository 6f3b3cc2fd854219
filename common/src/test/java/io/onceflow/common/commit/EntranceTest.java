package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator asks of the gate, and when. */
class EntranceTest {

  /** A gate that writes down what it is asked; found again after serialization by being static. */
  private static final List<String> CALLS = new ArrayList<>();

  private static ErrorClass answer;
  private static int refusals;
  private static Consumer<StoreException> loss;

  private final List<Throwable> failures = new ArrayList<>();

  private record Gates() implements SinkGates {
    private static final long serialVersionUID = 1L;

    @Override
    public String description() {
      return "a gate";
    }

    @Override
    public Duration longestWait() {
      return Duration.ofSeconds(30);
    }

    @Override
    public SinkGate connect(SinkId sinkId, String runId) {
      return new Gate();
    }
  }

  private static final class Gate implements SinkGate {
    @Override
    public void enter() throws StoreException {
      CALLS.add("enter");
      if (refusals-- > 0) {
        throw new StoreException(answer, "Run other holds the lease.", null);
      }
    }

    @Override
    public void takeOver() {
      CALLS.add("take over");
    }

    @Override
    public Stay stay(Duration patience, Consumer<StoreException> onLoss) {
      CALLS.add("stay for " + patience);
      loss = onLoss;
      return new Stay() {
        @Override
        public void progress() {
          CALLS.add("progress");
        }

        @Override
        public void close() {
          CALLS.add("leave");
        }
      };
    }

    @Override
    public Optional<Occupant> occupant() {
      return Optional.empty();
    }

    @Override
    public void leave() {}

    @Override
    public void abort() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void forget() {
    CALLS.clear();
    answer = ErrorClass.TRANSIENT;
    refusals = 0;
  }

  private static Entrance entrance(LeasePolicy policy) {
    var admission = new SinkAdmission(policy, new Gates(), Duration.ofMinutes(1));
    return new SinkSettings(
            new SinkId("a"),
            "run-1",
            CommitScope.SINK,
            OnReject.FAIL,
            OnRewind.FAIL,
            new RetryPolicy(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO),
            "",
            "",
            0,
            CommitStrategy.STAGED,
            "p",
            null,
            admission)
        .entrance();
  }

  private void goThrough(LeasePolicy policy) throws Exception {
    try (var entrance = entrance(policy)) {
      entrance.beforeClaim();
      CALLS.add("claim");
      entrance.afterClaim(failures::add);
      entrance.progress();
    }
  }

  @Test
  void whoeverIsToBeRefusedAsksBeforeItsClaim() throws Exception {
    goThrough(LeasePolicy.REFUSE);
    assertThat(CALLS)
        .containsExactly("enter", "claim", "enter", "stay for PT1M", "progress", "leave");
  }

  @Test
  void whoeverTakesOverHasClaimedBefore() throws Exception {
    goThrough(LeasePolicy.TAKE_OVER);
    assertThat(CALLS).containsExactly("claim", "take over", "stay for PT1M", "progress", "leave");
  }

  @Test
  void withoutALeaseNobodyIsAsked() throws Exception {
    goThrough(LeasePolicy.NONE);
    assertThat(CALLS).containsExactly("claim");
  }

  @Test
  void aHolderThatMayBeGoneIsAskedForAgain() throws Exception {
    refusals = 2;
    goThrough(LeasePolicy.REFUSE);
    assertThat(CALLS).startsWith("enter", "enter", "enter", "claim");
  }

  @Test
  void aHolderThatIsAliveEndsTheJobForGood() {
    refusals = 1;
    answer = ErrorClass.FENCED;
    assertThatThrownBy(() -> goThrough(LeasePolicy.REFUSE))
        .isInstanceOf(SuppressRestartsException.class)
        .hasStackTraceContaining("Sink 'a', a gate: Run other holds the lease.");
    assertThat(CALLS).containsExactly("enter");
  }

  @Test
  void aLossEndsTheTaskAndOnlyAnotherHolderTheJob() throws Exception {
    goThrough(LeasePolicy.REFUSE);
    loss.accept(new StoreException(ErrorClass.TRANSIENT, "It has run out.", null));
    loss.accept(new StoreException(ErrorClass.FENCED, "Run other holds it.", null));
    assertThat(failures.get(0))
        .isInstanceOf(IOException.class)
        .hasMessage("Sink 'a': It has run out.");
    assertThat(failures.get(1)).isInstanceOf(SuppressRestartsException.class);
  }
}
