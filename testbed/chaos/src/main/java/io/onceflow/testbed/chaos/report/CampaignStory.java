package io.onceflow.testbed.chaos.report;

import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A history put in order: what reports show.
 *
 * @param title the subject and the seed
 * @param result the contract line, or that the campaign did not end
 */
public record CampaignStory(
    String title,
    String result,
    List<ScheduleStory> schedules,
    List<HistoryEvent> findings,
    List<CrashPointRow> crashPoints) {

  /**
   * One schedule.
   *
   * @param text its faults, as drawn
   * @param epochs when an epoch was seen committed
   */
  public record ScheduleStory(
      int number,
      String text,
      long beginMs,
      long endMs,
      List<FaultSpan> faults,
      List<Long> epochs,
      List<HistoryEvent> recoveries,
      List<HistoryEvent> findings) {}

  /**
   * A fault as it went.
   *
   * @param endMs when it had ended and was set right
   */
  public record FaultSpan(String kind, String text, Phase outcome, long beginMs, long endMs) {}

  /**
   * A step of the protocol.
   *
   * @param reached how often the job passed it
   * @param armed in how many schedules a process was to end there
   * @param ended how often one did
   * @param stopped how often one stood still there for a while
   */
  public record CrashPointRow(String point, long reached, long armed, long ended, long stopped) {}

  /** Whether the campaign came to its end; what it says of an end it has not reached is nothing. */
  boolean hasEnded() {
    return result.startsWith("CHAOS ");
  }

  /** What is said when there are no findings. */
  String verdict() {
    return hasEnded()
        ? "Nothing was lost, duplicated, torn or left in doubt."
        : "Nothing was found until it broke off, which shows nothing.";
  }

  /** Puts a history in order. */
  public static CampaignStory of(List<HistoryEvent> history) {
    var first = history.stream().filter(e -> e.event() == Event.CAMPAIGN).findFirst();
    var last =
        history.stream()
            .filter(e -> e.event() == Event.CAMPAIGN && e.phase() == Phase.END)
            .findFirst();
    var bySchedule = new TreeMap<Integer, List<HistoryEvent>>();
    history.stream()
        .filter(e -> e.schedule() >= 0)
        .forEach(e -> bySchedule.computeIfAbsent(e.schedule(), n -> new ArrayList<>()).add(e));
    return new CampaignStory(
        first.map(HistoryEvent::detail).orElse("a campaign"),
        last.map(HistoryEvent::detail).orElse("The campaign did not end."),
        bySchedule.entrySet().stream().map(e -> schedule(e.getKey(), e.getValue())).toList(),
        of(history, Event.FINDING),
        crashPoints(history));
  }

  private static List<HistoryEvent> of(Collection<HistoryEvent> events, Event event) {
    return events.stream().filter(e -> e.event() == event).toList();
  }

  private static ScheduleStory schedule(int number, List<HistoryEvent> events) {
    var text =
        events.stream()
            .filter(e -> e.event() == Event.SCHEDULE && e.phase() == Phase.BEGIN)
            .map(HistoryEvent::detail)
            .findFirst()
            .orElse("");
    long end = events.get(events.size() - 1).atMs();
    return new ScheduleStory(
        number,
        text,
        events.get(0).atMs(),
        end,
        faults(of(events, Event.FAULT), end),
        of(events, Event.EPOCHS).stream().map(HistoryEvent::atMs).toList(),
        of(events, Event.RECOVERY),
        of(events, Event.FINDING));
  }

  /** A schedule has each kind once at most, so the kind tells which lines belong together. */
  private static List<FaultSpan> faults(List<HistoryEvent> events, long scheduleEnd) {
    var byKind = new LinkedHashMap<String, List<HistoryEvent>>();
    events.forEach(e -> byKind.computeIfAbsent(e.name(), k -> new ArrayList<>()).add(e));
    return byKind.values().stream().map(lines -> span(lines, scheduleEnd)).toList();
  }

  private static FaultSpan span(List<HistoryEvent> lines, long scheduleEnd) {
    var first = lines.get(0);
    var last = lines.get(lines.size() - 1);
    long begin =
        lines.stream()
            .filter(e -> e.phase() == Phase.INFO)
            .mapToLong(HistoryEvent::atMs)
            .findFirst()
            .orElse(first.atMs());
    boolean ended = last.phase() != Phase.INVOKE && last.phase() != Phase.INFO;
    return new FaultSpan(
        first.name(),
        ended ? last.detail() : first.detail(),
        last.phase(),
        begin,
        ended ? last.atMs() : scheduleEnd);
  }

  private static List<CrashPointRow> crashPoints(List<HistoryEvent> history) {
    var numbers = new TreeMap<String, Map<String, Long>>();
    of(history, Event.CRASH_POINTS).forEach(e -> numbers.put(e.name(), e.numbers()));
    var reached = numbers.getOrDefault("reached", Map.of());
    return reached.keySet().stream()
        .sorted()
        .map(
            point ->
                new CrashPointRow(
                    point,
                    reached.get(point),
                    numbers.getOrDefault("armed", Map.of()).getOrDefault(point, 0L),
                    numbers.getOrDefault("ended", Map.of()).getOrDefault(point, 0L),
                    numbers.getOrDefault("stopped", Map.of()).getOrDefault(point, 0L)))
        .toList();
  }

  /** How often each kind ended how; kinds in alphabetical order. */
  public Map<String, Map<Phase, Integer>> kinds() {
    var kinds = new TreeMap<String, Map<Phase, Integer>>();
    schedules.stream()
        .flatMap(schedule -> schedule.faults().stream())
        .forEach(
            fault ->
                kinds
                    .computeIfAbsent(fault.kind(), k -> new EnumMap<>(Phase.class))
                    .merge(fault.outcome(), 1, Integer::sum));
    return kinds;
  }

  /** Recovery times by the kind of the fault that began them. */
  public Map<String, Recoveries> recoveries() {
    var times = new TreeMap<String, List<Long>>();
    schedules.stream()
        .flatMap(schedule -> schedule.recoveries().stream())
        .forEach(e -> times.computeIfAbsent(e.name(), k -> new ArrayList<>()).add(e.number("ms")));
    var recoveries = new TreeMap<String, Recoveries>();
    times.forEach((kind, millis) -> recoveries.put(kind, new Recoveries(millis)));
    return recoveries;
  }
}
