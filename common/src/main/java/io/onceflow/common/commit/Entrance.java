package io.onceflow.common.commit;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * One operator's way through the sink's gate. A run that is to be refused asks before it claims the
 * sink, for its claim would fence the other one; a run that takes over asks afterwards, so that one
 * that was replaced is refused by the claim and disturbs nobody.
 */
final class Entrance implements AutoCloseable {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final SinkSettings settings;
  private final SinkGate gate;
  private final StoreCalls<SinkGate> calls;
  private SinkGate.Stay stay;

  Entrance(SinkSettings settings) {
    this.settings = settings;
    var admission = settings.admission();
    if (admission.policy() == LeasePolicy.NONE) {
      gate = null;
      calls = null;
      return;
    }
    gate = admission.gates().connect(settings.sinkId(), settings.runId());
    calls =
        new StoreCalls<>(
            gate,
            "Sink '%s', %s".formatted(settings.sinkId(), admission.gates().description()),
            waiting(admission.gates()),
            () -> {});
  }

  private RetryPolicy waiting(SinkGates gates) {
    var wait = gates.longestWait().plus(LONGEST_PAUSE.multipliedBy(2));
    var configured = settings.retryPolicy().maxElapsed();
    return new RetryPolicy(
        FIRST_PAUSE, LONGEST_PAUSE, configured.compareTo(wait) > 0 ? configured : wait);
  }

  private LeasePolicy policy() {
    return settings.admission().policy();
  }

  /**
   * @throws SuppressRestartsException when another run works for the sink and is not to be replaced
   */
  void beforeClaim() throws IOException, InterruptedException {
    if (policy() == LeasePolicy.REFUSE) {
      calls.run(SinkGate::enter);
    }
  }

  /**
   * Also begins the stay.
   *
   * @param fail ends the task; called by any thread
   */
  void afterClaim(Consumer<Throwable> fail) throws IOException, InterruptedException {
    if (policy() == LeasePolicy.NONE) {
      return;
    }
    // Again, for the claim may have taken longer than what was entered lasts.
    calls.run(policy() == LeasePolicy.TAKE_OVER ? SinkGate::takeOver : SinkGate::enter);
    stay = gate.stay(settings.admission().patience(), loss -> fail.accept(failure(loss)));
  }

  private Throwable failure(StoreException loss) {
    var failure =
        new IOException("Sink '%s': %s".formatted(settings.sinkId(), loss.getMessage()), loss);
    return loss.errorClass() == ErrorClass.FENCED
        ? new SuppressRestartsException(failure)
        : failure;
  }

  /** A checkpoint has completed. */
  void progress() {
    if (stay != null) {
      stay.progress();
    }
  }

  @Override
  public void close() {
    if (stay != null) {
      stay.close();
    }
    if (calls != null) {
      calls.close();
    }
  }
}
