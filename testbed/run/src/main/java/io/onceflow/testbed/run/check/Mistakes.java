package io.onceflow.testbed.run.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the check found: how many mistakes of each kind, and the first ones in words. One thread.
 */
public final class Mistakes {

  private static final int SHOWN = 10;

  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
  private final Map<Kind, List<String>> texts = new EnumMap<>(Kind.class);

  /** Which number of the last line a mistake counts for. */
  public enum Counter {
    /** Something is not where it must be. */
    MISSING,
    /** Something is there twice or without a reason. */
    DUPLICATES,
    /** Something is there and wrong. */
    INVARIANTS,
    /** Something is prepared and not decided. */
    IN_DOUBT,
    /** The run itself failed. */
    FAILED
  }

  /** Every kind of mistake. */
  public enum Kind {
    NOT_IN_INPUT(Counter.MISSING, "sent, but not in the input topic"),
    NOT_SENT(Counter.DUPLICATES, "in the input topic, but not sent or there already"),
    OTHER_BYTES(Counter.INVARIANTS, "in the input topic with other bytes than were sent"),
    NO_RESULT(
        Counter.MISSING,
        "commands without a row in ledger.results or a record in the results topic"),
    EXTRA_RESULT(Counter.DUPLICATES, "results that are there twice or belong to no command"),
    WRONG_RESULT(Counter.INVARIANTS, "results that differ from the reference ledger's"),
    WRONG_RESULT_RECORD(
        Counter.INVARIANTS, "records of the results topic that differ from ledger.results"),
    NO_OUTPUT(Counter.MISSING, "numbers without their double in the output topic"),
    EXTRA_OUTPUT(
        Counter.DUPLICATES,
        "records of the output topic that are there twice or are no number's double"),
    OUTPUT_ORDER(Counter.INVARIANTS, "records of the output topic that are not in their order"),
    NO_DEAD_LETTER(Counter.MISSING, "malformed records without a dead letter"),
    EXTRA_DEAD_LETTER(Counter.DUPLICATES, "dead letters that are there twice or without a reason"),
    WRONG_DEAD_LETTER(Counter.INVARIANTS, "dead letters with another code than the reference's"),
    NOT_AS_MEANT(
        Counter.INVARIANTS,
        "records the generator made well-formed that are dead letters, or malformed that are not"),
    WRONG_BALANCE(
        Counter.INVARIANTS, "accounts and transfers that differ from the reference ledger's"),
    INVARIANT(Counter.INVARIANTS, "invariants that do not hold"),
    PREPARED_TRANSACTION(Counter.IN_DOUBT, "prepared transactions in PostgreSQL"),
    SEGMENT(Counter.IN_DOUBT, "segments that were not committed or not removed"),
    KAFKA_TRANSACTION(Counter.IN_DOUBT, "open Kafka transactions"),
    RUN(Counter.FAILED, "failures of the run itself");

    private final Counter counter;
    private final String text;

    Kind(Counter counter, String text) {
      this.counter = counter;
      this.text = text;
    }
  }

  /** Notes one mistake. */
  public void add(Kind kind, String text) {
    add(kind, 1, text);
  }

  /** Notes several mistakes that one text tells of. */
  public void add(Kind kind, long count, String text) {
    counts.merge(kind, count, Long::sum);
    List<String> shown = texts.computeIfAbsent(kind, none -> new ArrayList<>());
    if (shown.size() < SHOWN) {
      shown.add(text);
    }
  }

  /** The number of mistakes that count for a number of the last line. */
  public long count(Counter counter) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().counter == counter)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** How many mistakes there are of every kind that there is. */
  public Map<Kind, Long> byKind() {
    return Map.copyOf(counts);
  }

  /** Whether there are none at all. */
  public boolean isEmpty() {
    return counts.isEmpty();
  }

  /** The mistakes in words: per kind a head line with the number, then the first ones. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    counts.forEach(
        (kind, count) -> {
          lines.add("%d %s:".formatted(count, kind.text));
          texts.get(kind).forEach(text -> lines.add("  " + text));
          if (count > texts.get(kind).size()) {
            lines.add("  ..");
          }
        });
    return lines;
  }
}
