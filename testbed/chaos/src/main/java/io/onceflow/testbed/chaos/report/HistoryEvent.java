package io.onceflow.testbed.chaos.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * One line of a campaign's history.
 *
 * @param atMs milliseconds since the campaign's begin
 * @param schedule the number of the schedule under way, -1 outside of one
 * @param event what it is about
 * @param phase invoke, ok, fail or info for faults, as in Jepsen's histories; begin and end for
 *     what lasts
 * @param name the kind of the fault, or of whom the line is
 * @param detail for people
 * @param numbers what was counted or measured, by name
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HistoryEvent(
    long atMs,
    int schedule,
    Event event,
    Phase phase,
    String name,
    String detail,
    Map<String, Long> numbers) {

  /** What a line is about. */
  public enum Event {
    /** The campaign itself; the first and the last line. */
    CAMPAIGN,
    BLOCK,
    SCHEDULE,
    /** A fault: invoke when it is its turn, info when it holds, then ok or fail. */
    FAULT,
    /** Rows and epochs that were seen committed so far. */
    EPOCHS,
    /** How long the store saw no new epoch: from a fault to the next committed one. */
    RECOVERY,
    /** A process ended or was started again. */
    MEMBER,
    /** What the oracles found. */
    FINDING,
    /** Crash points and how often they were reached and really ended a process. */
    CRASH_POINTS
  }

  /** How far it is. */
  public enum Phase {
    BEGIN,
    INVOKE,
    INFO,
    OK,
    /** It was armed and what it waits for did not come by. */
    NOT_HIT,
    /** It was drawn and the subject has no such thing. */
    NOT_APPLICABLE,
    FAIL,
    END
  }

  public HistoryEvent {
    name = name == null ? "" : name;
    detail = detail == null ? "" : detail;
    numbers = numbers == null ? Map.of() : Map.copyOf(numbers);
  }

  /** A number by name, 0 when it is not there. */
  public long number(String key) {
    return numbers.getOrDefault(key, 0L);
  }
}
