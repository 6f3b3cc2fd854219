package io.onceflow.testbed.run.view;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Puts what is seen into words: a block for a terminal, one line elsewhere. */
public final class LiveText {

  private static final Set<String> SUCCESS =
      Set.of("created", "exists", "closed", "account_already_closed");
  private static final int TOP = 3;

  private LiveText() {}

  /**
   * A moment of a run.
   *
   * @param elapsed since the first command
   * @param sent commands
   * @param perSecond committed commands per second of the last moments
   * @param deadLetters committed
   * @param job what the job is doing
   * @param look what is in the tables
   * @param watch the last round over all rows
   */
  public record Moment(
      Duration elapsed,
      long sent,
      long perSecond,
      long deadLetters,
      String job,
      Look look,
      InvariantWatch.Round watch) {

    /** Whether every invariant held when it was looked at last. */
    public boolean ok() {
      return look.broken().isEmpty() && watch.broken().isEmpty();
    }

    private String invariants() {
      if (ok()) {
        return watch.number() == 0 ? "pending" : "ok";
      }
      String first = look.broken().isEmpty() ? watch.broken().get(0) : look.broken().get(0);
      return "BROKEN: " + first;
    }
  }

  /** The block for a terminal. */
  public static List<String> block(Moment moment) {
    Look look = moment.look;
    return List.of(
        "",
        "  elapsed      %s, job %s, epoch %,d, checkpoint %,d"
            .formatted(clock(moment.elapsed), moment.job, look.epoch(), look.checkpointId()),
        "  commands     %,d sent, %,d with a committed result, %,d/s, %,d dead letters"
            .formatted(moment.sent, look.commands(), moment.perSecond, moment.deadLetters),
        "  transfers    %,d committed".formatted(look.transfers()),
        "  refused      " + refused(look.codes(), "%,d: %s", " %,d", ", "),
        "  commit       p50 %s, p99 %s from the seal of an epoch to its commit"
            .formatted(ms(look.commit().p50Ms()), ms(look.commit().p99Ms())),
        "  end to end   p50 %s, p99 %s from Kafka's timestamp of a command to its commit"
            .formatted(ms(look.endToEnd().p50Ms()), ms(look.endToEnd().p99Ms())),
        "  invariants   %s (all rows read %d times)"
            .formatted(moment.invariants(), moment.watch.number()));
  }

  /** The line for a file or pipe. */
  public static String line(Moment moment) {
    Look look = moment.look;
    return "%s job=%s epoch=%d checkpoint=%d sent=%d committed=%d rate=%d/s transfers=%d dead-letters=%d refused=%s commit-p50=%s commit-p99=%s end-to-end-p50=%s end-to-end-p99=%s invariants=%s"
        .formatted(
            clock(moment.elapsed),
            moment.job,
            look.epoch(),
            look.checkpointId(),
            moment.sent,
            look.commands(),
            moment.perSecond,
            look.transfers(),
            moment.deadLetters,
            refused(look.codes(), "%d,%s", ":%d", ","),
            shortMs(look.commit().p50Ms()),
            shortMs(look.commit().p99Ms()),
            shortMs(look.endToEnd().p50Ms()),
            shortMs(look.endToEnd().p99Ms()),
            moment.invariants());
  }

  /** The sum and the most frequent codes, each followed by its number. */
  private static String refused(
      Map<String, Long> codes, String form, String number, String separator) {
    List<Map.Entry<String, Long>> refusals =
        codes.entrySet().stream()
            .filter(entry -> !SUCCESS.contains(entry.getKey()))
            .sorted(
                Map.Entry.<String, Long>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .toList();
    long total = refusals.stream().mapToLong(Map.Entry::getValue).sum();
    String top =
        refusals.stream()
            .limit(TOP)
            .map(entry -> entry.getKey() + number.formatted(entry.getValue()))
            .collect(Collectors.joining(separator));
    return top.isEmpty() ? "none" : form.formatted(total, top);
  }

  private static String clock(Duration elapsed) {
    return "%02d:%02d:%02d"
        .formatted(elapsed.toHours(), elapsed.toMinutesPart(), elapsed.toSecondsPart());
  }

  private static String ms(long ms) {
    return ms < 10_000 ? ms + " ms" : String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
  }

  private static String shortMs(long ms) {
    return ms + "ms";
  }
}
