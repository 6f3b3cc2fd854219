package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.ArmedFault;
import io.onceflow.testbed.chaos.fault.JobFault;
import io.onceflow.testbed.chaos.fault.NotInjectedException;
import io.onceflow.testbed.chaos.fault.Outcome;
import io.onceflow.testbed.chaos.fault.Schedule;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Strikes the faults of one schedule at their moments, then sets everything right. */
final class ScheduleRun {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduleRun.class);

  /** Longer than everything a fault waits for by itself. */
  private static final Duration LONGEST = Duration.ofMinutes(8);

  private final BlockRun block;
  private final Schedule schedule;
  private final Tally tally;
  private final FaultCounts counts;
  private final Map<String, Boolean> underWay = new ConcurrentHashMap<>();
  private final long begunNanos = System.nanoTime();

  /** What is counted over a campaign. Thread-safe. */
  interface Tally {
    void armed(String crashPoint);

    /** It has ended a process, or stopped one. */
    void happened(ArmedFault.CrashPoint crash);
  }

  ScheduleRun(BlockRun block, Schedule schedule, Tally tally, FaultCounts counts) {
    this.block = block;
    this.schedule = schedule;
    this.tally = tally;
    this.counts = counts;
  }

  /** The kinds that hold at this moment. */
  List<String> underWay() {
    return underWay.keySet().stream().sorted().toList();
  }

  /** Returns when all faults are over and healed; false when a process does not come up again. */
  boolean run() throws InterruptedException {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      var others = new ArrayList<Future<?>>();
      var jobs = new ArrayList<Future<?>>();
      for (var planned : schedule.faults()) {
        var strike = threads.submit(() -> strike(planned));
        (planned.fault() instanceof JobFault ? jobs : others).add(strike);
      }
      burst(Duration.ZERO);
      burst(schedule.window().dividedBy(2));
      join(others);
      sleepUntil(schedule.window());
      boolean well = block.heal();
      // An operator's action goes on until the faults that keep it from its end are over.
      join(jobs);
      return well && block.heal();
    } finally {
      threads.shutdownNow();
    }
  }

  private void burst(Duration at) throws InterruptedException {
    sleepUntil(at);
    block.burst();
  }

  private void sleepUntil(Duration at) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(Math.max(0, begunNanos + at.toNanos() - System.nanoTime()));
  }

  private static void join(List<Future<?>> strikes) throws InterruptedException {
    for (var strike : strikes) {
      try {
        strike.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        throw new IllegalStateException(
            "A fault did not end within %d min.".formatted(LONGEST.toMinutes()), e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("A fault's thread has failed.", e.getCause());
      }
    }
  }

  private void strike(Schedule.Planned planned) {
    var fault = planned.fault();
    var kind = fault.kind().text();
    try {
      sleepUntil(planned.at());
      block.history().write(Event.FAULT, Phase.INVOKE, kind, fault.text());
      underWay.put(kind, true);
      if (fault instanceof ArmedFault.CrashPoint point) {
        tally.armed(point.point());
      }
      var outcome = fault.strike(new CampaignScene(block, schedule, kind, begunNanos));
      note(planned, outcome);
    } catch (NotInjectedException e) {
      note(planned, new Outcome.NotInjected(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("{} failed.", planned.text(), e);
      note(planned, new Outcome.NotInjected(String.valueOf(e.getMessage())));
    } finally {
      underWay.remove(kind);
    }
  }

  private void note(Schedule.Planned planned, Outcome outcome) {
    if (outcome instanceof Outcome.Injected injected) {
      if (planned.fault() instanceof ArmedFault.CrashPoint point) {
        tally.happened(point);
      }
      write(planned, Phase.OK, injected.detail());
    } else if (outcome instanceof Outcome.ArmedNotHit armed) {
      write(planned, Phase.NOT_HIT, armed.detail());
    } else if (outcome instanceof Outcome.NotInjected not) {
      write(planned, Phase.FAIL, not.reason());
    }
  }

  private void write(Schedule.Planned planned, Phase phase, String detail) {
    counts.note(phase);
    block.history().write(Event.FAULT, phase, planned.fault().kind().text(), detail);
  }
}
