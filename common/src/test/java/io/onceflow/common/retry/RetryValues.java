package io.onceflow.common.retry;

import io.onceflow.producer.wire.SequenceRange;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** A value of each type that is saved, with nothing left out. */
public final class RetryValues {

  static final RetryMessage MESSAGE =
      new RetryMessage(
          "till-7",
          42,
          "0198c2d1",
          "account-9",
          3,
          1_780_000_000_123L,
          "replies",
          new byte[] {1, 2, -3},
          Map.of("dependency", "bank", "trace", "ä"));

  private static final List<FailedAttempt> FAILURES =
      List.of(
          new FailedAttempt(1, 10, 20, true, "bank", "busy", "try later"),
          new FailedAttempt(2, 30, 40, false, "bank", "IOException", "ä"));

  static final Unfinished UNFINISHED = new Unfinished(MESSAGE, 5, 1_000_000, 77, FAILURES);

  static final Acknowledgement ACKNOWLEDGEMENT =
      Acknowledgement.of(MESSAGE, Acknowledgement.Status.REJECTED, "no-funds", 3, 99).again();

  static final RetryDeadLetter DEAD_LETTER =
      new RetryDeadLetter(MESSAGE, RetryDeadLetter.DRAINED, 5, 99, FAILURES);

  static final RetryControl CHANGE =
      new RetryControl.ChangeRules(
          RetryRules.DEFAULT.with(
              new PriorityRules(java.time.Duration.ofSeconds(7), List.of(10, 0, 5))));

  private static final SequenceSet FINALS =
      new SequenceSet(List.of(new SequenceRange(1, 7), new SequenceRange(9, 9)));

  static final ProducerProgress PROGRESS =
      new ProducerProgress(
          "replies", FINALS, new SequenceSet(List.of(new SequenceRange(8, 8))), 12, 9, 55, true);

  static final ProducerAcknowledgement REPORT =
      new ProducerAcknowledgement(
          "till-7",
          "replies",
          7,
          List.of(new SequenceRange(9, 9)),
          List.of(new SequenceRange(10, 11)),
          66);

  private RetryValues() {}

  /**
   * A value under the name of its format.
   *
   * @param name of the line in {@code formats.txt}
   */
  public record Saved<T>(String name, TypeInformation<T> type, T value) {}

  /** All of them. */
  public static List<Saved<?>> saved() {
    return List.of(
        new Saved<>("retry-message", RetryTypes.MESSAGE, MESSAGE),
        new Saved<>("retry-unfinished", RetryTypes.UNFINISHED, UNFINISHED),
        new Saved<>("retry-acknowledgement", RetryTypes.ACKNOWLEDGEMENT, ACKNOWLEDGEMENT),
        new Saved<>("retry-dead-letter", RetryTypes.DEAD_LETTER, DEAD_LETTER),
        new Saved<>("retry-pause", RetryTypes.CONTROL, new RetryControl.Pause("bank")),
        new Saved<>("retry-resume", RetryTypes.CONTROL, new RetryControl.Resume("bank")),
        new Saved<>("retry-drain", RetryTypes.CONTROL, new RetryControl.Drain("bank")),
        new Saved<>("retry-change-rules", RetryTypes.CONTROL, CHANGE),
        new Saved<>("retry-progress", RetryTypes.PROGRESS, PROGRESS),
        new Saved<>("retry-report", RetryTypes.PRODUCER_ACKNOWLEDGEMENT, REPORT));
  }
}
