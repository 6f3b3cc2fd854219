package io.onceflow.producer;

import io.onceflow.producer.SenderStatus.State;
import java.util.EnumMap;
import java.util.Map;

/** What a sender counts on its thread, and shows to all as of its last round. */
final class SenderCounts {

  long underWay;
  long overdue;
  long missing;
  long malformed;
  long errors;
  private long sent;
  private long resent;
  private final Map<FinalOutcome.Result, Long> finished = new EnumMap<>(FinalOutcome.Result.class);
  private State state = State.STANDBY;
  private String failure = "";
  private volatile SenderStatus status;

  SenderCounts() {
    publish();
  }

  void handedOver(boolean first) {
    if (first) {
      sent++;
    } else {
      resent++;
    }
  }

  void finished(FinalOutcome outcome) {
    finished.merge(outcome.result(), 1L, Long::sum);
  }

  void state(State now) {
    state = now;
    publish();
  }

  void failed(String why) {
    failure = why;
    state(State.FAILED);
  }

  void publish() {
    status =
        new SenderStatus(
            state,
            underWay,
            overdue,
            sent,
            resent,
            missing,
            of(FinalOutcome.Result.APPLIED),
            of(FinalOutcome.Result.REJECTED),
            of(FinalOutcome.Result.DEAD_LETTERED),
            of(FinalOutcome.Result.SETTLED),
            malformed,
            errors,
            failure);
  }

  private long of(FinalOutcome.Result result) {
    return finished.getOrDefault(result, 0L);
  }

  SenderStatus status() {
    return status;
  }
}
