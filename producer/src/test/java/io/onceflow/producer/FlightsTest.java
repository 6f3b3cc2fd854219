package io.onceflow.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.FinalOutcome.Result;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.SequenceRange;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FlightsTest {

  private static final long HOUR_MS = 3_600_000;

  private final Flights flights =
      new Flights(
          SenderSettings.of(Map.of("bootstrap.servers", "x"), "orders", "replies")
              .withWindow(5)
              .withResends(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofHours(1))
              .withStatusGrace(Duration.ofSeconds(30)),
          new SplittableRandom(1));

  private static TakenMessage taken(long sequence) {
    OutboxMessage message = new OutboxMessage("id-" + sequence, "k", 5, 1, new byte[0], Map.of());
    return new TakenMessage(sequence, message, 0, 0);
  }

  private void add(long first, long last) {
    flights.add(LongStream.rangeClosed(first, last).mapToObj(FlightsTest::taken).toList());
  }

  private List<Long> due(long nowMs) {
    return flights.due(nowMs).stream().map(Flight::sequence).toList();
  }

  private void sendAllDue(long nowMs) {
    for (Flight flight : flights.due(nowMs)) {
      flights.sending(flight);
      flights.answered(flight.sequence(), flight.sends, nowMs);
    }
  }

  private static MessageReply reply(long sequence, Status status) {
    return new MessageReply("shop", sequence, "id-" + sequence, status, "ok", 2, 9, false);
  }

  private static ProgressReply progress(long upTo, long... selective) {
    List<SequenceRange> ranges =
        LongStream.of(selective).mapToObj(number -> new SequenceRange(number, number)).toList();
    return new ProgressReply("shop", upTo, ranges, List.of(new SequenceRange(4, 9)), 0);
  }

  @Test
  void whatNobodyAnswersIsSentAgainLaterAndLater() {
    add(1, 2);
    assertThat(due(0)).containsExactly(1L, 2L);
    sendAllDue(0);
    assertThat(due(9_999)).isEmpty();
    assertThat(due(15_000)).containsExactly(1L, 2L);
    sendAllDue(15_000);
    assertThat(due(15_000 + 19_999)).isEmpty();
    assertThat(due(15_000 + 30_000)).containsExactly(1L, 2L);
    for (int i = 0; i < 40; i++) {
      sendAllDue(HOUR_MS / 2);
      flights.due(Long.MAX_VALUE);
    }
    assertThat(due(HOUR_MS / 2 + 90_000)).containsExactly(1L, 2L);
  }

  @Test
  void whatKafkaHasNotAnsweredIsNotSentAgain() {
    add(1, 1);
    flights.sending(flights.due(0).get(0));
    assertThat(due(HOUR_MS)).isEmpty();
    flights.clientClosed();
    assertThat(due(0)).containsExactly(1L);
  }

  @Test
  void theAnswerToAnEarlierSendDoesNotCount() {
    add(1, 1);
    Flight flight = flights.due(0).get(0);
    flights.sending(flight);
    flights.clientClosed();
    flights.sending(flight);
    flights.answered(1, 1, 0);
    assertThat(flight.sending).isTrue();
    flights.answered(1, 2, 0);
    assertThat(flight.sending).isFalse();
  }

  @Test
  void aFinalAcknowledgementEndsAMessageAndAWaitingOneDelaysIt() throws Exception {
    add(1, 2);
    sendAllDue(0);
    assertThat(flights.on(reply(1, Status.APPLIED), 1))
        .contains(new FinalOutcome(1, "id-1", Result.APPLIED, "ok", 2, 9));
    assertThat(flights.on(reply(2, Status.WAITING), 9_000)).isEmpty();
    flights.remove(List.of(FileOutboxTest.applied(1)));
    assertThat(due(20_000)).isEmpty();
    assertThat(flights.on(reply(1, Status.APPLIED), 1)).isEmpty();
    assertThat(flights.size()).isEqualTo(1);
  }

  @Test
  void theIdOfAnotherMessageIsNoAcknowledgement() {
    add(1, 1);
    MessageReply other = new MessageReply("shop", 1, "x", Status.APPLIED, "ok", 1, 9, true);
    assertThatThrownBy(() -> flights.on(other, 0))
        .isInstanceOf(RewoundException.class)
        .hasMessageContaining("id x");
  }

  @Test
  void aReportMarksWhatIsFinalAndHasTheMissingOnesSent() {
    add(1, 5);
    sendAllDue(0);
    assertThat(flights.room()).isZero();
    assertThat(flights.newlyFinal(progress(2, 5), 0)).containsExactly(1L, 2L, 5L);
    flights.markFinal(List.of(1L, 2L, 5L), 1_000);
    assertThat(flights.newlyFinal(progress(2, 5), 0)).isEmpty();
    assertThat(flights.onMissing(progress(2, 5), 1_000)).isEqualTo(1);
    assertThat(due(1_000)).containsExactly(4L);
    assertThat(flights.room()).isEqualTo(3);
    // What is final is never sent again, however long its own acknowledgement takes.
    assertThat(due(60_000)).containsExactly(3L, 4L);
  }

  @Test
  void aReportSaysNothingOfWhatWasNotSent() {
    add(1, 1);
    assertThat(flights.newlyFinal(progress(2), 0)).isEmpty();
    // Sending it is no way to find out any more.
    assertThat(flights.newlyFinal(progress(2), HOUR_MS + 1)).containsExactly(1L);
  }

  @Test
  void aFinalMessageWhoseAcknowledgementIsLostIsSettledAfterTheGrace() throws Exception {
    add(1, 2);
    flights.markFinal(List.of(1L, 2L), 1_000);
    assertThat(flights.settled(31_000)).isEmpty();
    assertThat(flights.on(reply(2, Status.REJECTED), 31_000).orElseThrow().result())
        .isEqualTo(Result.REJECTED);
    flights.remove(List.of(FileOutboxTest.applied(2)));
    assertThat(flights.settled(31_001))
        .containsExactly(new FinalOutcome(1, "id-1", Result.SETTLED, "", 0, 1_000));
  }

  @Test
  void whatTheJobMayHaveForgottenIsNotSentAgain() {
    add(1, 1);
    sendAllDue(0);
    assertThat(due(HOUR_MS)).containsExactly(1L);
    assertThat(flights.overdue(HOUR_MS)).isZero();
    assertThat(due(HOUR_MS + 1)).isEmpty();
    assertThat(flights.overdue(HOUR_MS + 1)).isEqualTo(1);
    assertThat(flights.onMissing(progress(0, 3), HOUR_MS + 1)).isZero();
  }

  @Test
  void aRestartKeepsWhatTheOutboxHasAndNothingElse() {
    add(1, 3);
    sendAllDue(0);
    flights.replaceBy(List.of(taken(2), taken(4)));
    assertThat(due(0)).containsExactly(4L);
    assertThat(due(20_000)).containsExactly(2L, 4L);
  }
}
