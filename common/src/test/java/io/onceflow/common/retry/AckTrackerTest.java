package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.Acknowledgement.Status;
import io.onceflow.producer.wire.SequenceRange;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // The harness declares close() with Exception.
class AckTrackerTest {

  private static final SequenceRange ONLY_2 = new SequenceRange(2, 2);

  private static KeyedOneInputStreamOperatorTestHarness<
          String, Acknowledgement, ProducerAcknowledgement>
      tracker(OperatorSubtaskState state) throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, Acknowledgement, ProducerAcknowledgement>
        harness =
            new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(
                    new AckTracker(Duration.ofMillis(100), Duration.ofSeconds(10))),
                Acknowledgement::producer,
                Types.STRING);
    harness.setup(
        RetryTypes.PRODUCER_ACKNOWLEDGEMENT.createSerializer(
            harness.getExecutionConfig().getSerializerConfig()));
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  private static Acknowledgement of(long sequence, Status status) {
    return Acknowledgement.of(Messages.message("p", sequence, "k", 0, "d"), status, "code", 1, 0);
  }

  private static ProducerAcknowledgement report(
      long upTo, List<SequenceRange> selective, List<SequenceRange> missing, long atMs) {
    return new ProducerAcknowledgement("p", "replies", upTo, selective, missing, atMs);
  }

  @Test
  void aProducerHearsWhatIsFinalAndWhatIsMissing() throws Exception {
    try (var harness = tracker(null)) {
      for (long sequence : new long[] {1, 4, 5, 3}) {
        harness.processElement(of(sequence, Status.APPLIED), 0);
      }
      harness.setProcessingTime(100);
      List<SequenceRange> beyond = List.of(new SequenceRange(3, 5));
      assertThat(harness.extractOutputValues()).containsExactly(report(1, beyond, List.of(), 100));
      harness.getOutput().clear();
      harness.setProcessingTime(60_000);
      assertThat(harness.extractOutputValues())
          .as("nothing was seen at the first mark; then again and again")
          .startsWith(report(1, beyond, List.of(ONLY_2), 20_000))
          .hasSize(5);
      harness.getOutput().clear();
      harness.processElement(of(2, Status.REJECTED), 0);
      harness.setProcessingTime(200_000);
      assertThat(harness.extractOutputValues())
          .containsExactly(report(5, List.of(), List.of(), 60_100));
    }
  }

  @Test
  void whatWaitsIsNotMissing() throws Exception {
    try (var harness = tracker(null)) {
      harness.processElement(of(1, Status.APPLIED), 0);
      harness.processElement(of(2, Status.WAITING), 0);
      harness.processElement(of(3, Status.DEAD_LETTERED), 0);
      harness.setProcessingTime(100_000);
      assertThat(harness.extractOutputValues())
          .containsExactly(report(1, List.of(new SequenceRange(3, 3)), List.of(), 100));
    }
  }

  @Test
  void aLateWaitingDoesNotUndoAFinalOne() throws Exception {
    try (var harness = tracker(null)) {
      harness.processElement(of(1, Status.APPLIED), 0);
      harness.processElement(of(1, Status.WAITING), 0);
      harness.setProcessingTime(100_000);
      assertThat(harness.extractOutputValues())
          .containsExactly(report(1, List.of(), List.of(), 100));
    }
  }

  @Test
  void aRestoreKeepsProgressAndClock() throws Exception {
    OperatorSubtaskState state;
    try (var harness = tracker(null)) {
      harness.processElement(of(3, Status.APPLIED), 0);
      harness.setProcessingTime(10_000);
      state = harness.snapshot(1, 1);
    }
    try (var harness = tracker(state)) {
      harness.setProcessingTime(25_000);
      assertThat(harness.extractOutputValues())
          .containsExactly(
              report(
                  0, List.of(new SequenceRange(3, 3)), List.of(new SequenceRange(1, 2)), 20_000));
    }
  }

  @Test
  void theLastReportComesAtTheEndOfAllInput() throws Exception {
    try (var harness = tracker(null)) {
      harness.processElement(of(1, Status.APPLIED), 0);
      harness.processWatermark(Watermark.MAX_WATERMARK);
      assertThat(harness.extractOutputValues()).containsExactly(report(1, List.of(), List.of(), 0));
    }
  }

  @Test
  void aQuietProducerCostsNoTimers() throws Exception {
    try (var harness = tracker(null)) {
      harness.processElement(of(1, Status.APPLIED), 0);
      harness.setProcessingTime(100);
      assertThat(harness.numProcessingTimeTimers()).isZero();
      harness.setProcessingTime(1_000_000);
      harness.getOutput().clear();
      harness.processElement(of(3, Status.APPLIED), 0);
      harness.setProcessingTime(1_009_999);
      assertThat(harness.extractOutputValues())
          .as("2 is missing since just now")
          .containsExactly(report(1, List.of(new SequenceRange(3, 3)), List.of(), 1_000_100));
    }
  }
}
