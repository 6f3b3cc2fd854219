package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.chaos.fault.ArmedFault;
import io.onceflow.testbed.chaos.job.CrashHook;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** How often each crash point was passed, armed, and ended or stopped a process. Thread-safe. */
final class CrashTally implements ScheduleRun.Tally {
  private final ControlDirectory control;
  private final List<String> points;
  private final Map<String, Long> before;
  private final Map<String, Long> armed = new ConcurrentHashMap<>();
  private final Map<String, Long> ended = new ConcurrentHashMap<>();
  private final Map<String, Long> stopped = new ConcurrentHashMap<>();

  /** Counts from now on. */
  CrashTally(ControlDirectory control, List<String> points) {
    this.control = control;
    this.points = List.copyOf(points);
    this.before = hits();
  }

  @Override
  public void armed(String crashPoint) {
    armed.merge(crashPoint, 1L, Long::sum);
  }

  @Override
  public void happened(ArmedFault.CrashPoint crash) {
    (crash.stopped().isZero() ? ended : stopped).merge(crash.point(), 1L, Long::sum);
  }

  /** Writes it all down; points that were never reached are there with 0. */
  void write(History history) {
    var reached = new TreeMap<String, Long>();
    var now = hits();
    for (var point : points) {
      reached.put(point, now.getOrDefault(point, 0L) - before.getOrDefault(point, 0L));
    }
    history.write(Event.CRASH_POINTS, Phase.END, "reached", "", reached);
    history.write(Event.CRASH_POINTS, Phase.END, "armed", "", armed);
    history.write(Event.CRASH_POINTS, Phase.END, "ended", "", ended);
    history.write(Event.CRASH_POINTS, Phase.END, "stopped", "", stopped);
  }

  private Map<String, Long> hits() {
    try {
      var hits = new TreeMap<>(CrashHook.hits(control.root()));
      control.hits().forEach((point, count) -> hits.merge(point, count, Long::sum));
      return hits;
    } catch (IOException e) {
      throw new UncheckedIOException("The counters of crash points cannot be read.", e);
    }
  }
}
