package io.onceflow.common.retry;

import java.util.concurrent.CompletionStage;

/**
 * What the scheduler remembers of an unfinished message; the message itself is in state. Mutable,
 * task thread only.
 */
final class Entry {

  /** Where it stands. */
  enum Place {
    /** Behind another one of its scope. */
    BEHIND,
    /** Until its due time. */
    DELAYED,
    /** For a slot, a breaker, the budget or the end of a pause. */
    READY,
    /** An attempt is under way. */
    RUNNING,
    /** Its attempt ended and it goes somewhere else at once. */
    JUDGED,
    /** It is final. */
    GONE
  }

  final String scope;
  final long position;
  final String identity;
  final int priority;
  final int bytes;
  final long arrivedMs;
  final long deadlineMs;
  final long eventTimeMs;

  /** In the order of arrival in this subtask. */
  final long number;

  Place place = Place.BEHIND;
  String dependency;
  long dueMs;
  int failures;
  boolean probe;

  /** Whether the watermark had not passed it when it came. */
  boolean onTime;

  long startedMs;
  long timeoutAtMs;

  /** The attempt under way, to cancel it. */
  CompletionStage<?> call;

  Entry(String scope, long position, long number, Unfinished unfinished, String dependency) {
    this.scope = scope;
    this.position = position;
    this.number = number;
    this.identity = unfinished.message().identity();
    this.priority = unfinished.message().priority();
    this.bytes = unfinished.message().sizeBytes();
    this.arrivedMs = unfinished.arrivedMs();
    this.deadlineMs = unfinished.deadlineMs();
    this.eventTimeMs = unfinished.message().eventTimeMs();
    this.dueMs = unfinished.dueMs();
    this.failures = unfinished.failures().size();
    this.dependency = failures == 0 ? dependency : unfinished.lastFailure().dependency();
  }

  /** Of the attempt that is under way or comes next. */
  int attempt() {
    return failures + 1;
  }

  boolean isRetry() {
    return failures > 0;
  }

  @Override
  public String toString() {
    return "%s of %s (%s)".formatted(identity, scope, place);
  }
}
