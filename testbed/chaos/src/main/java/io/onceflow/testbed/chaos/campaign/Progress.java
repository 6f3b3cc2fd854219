package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.Schedule;
import io.onceflow.testbed.run.view.Screen;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Shows how far a campaign is: a block of lines on a terminal, a line for each schedule elsewhere.
 * Thread-safe.
 */
final class Progress implements AutoCloseable {
  private static final long PERIOD_MS = 300;

  /** The schedule under way. */
  record Now(
      String subject,
      CampaignPlan plan,
      Schedule schedule,
      BlockRun block,
      Supplier<List<String>> underWay,
      IntSupplier kills) {}

  private final Screen screen;
  private final int schedulesInAll;
  private final long begunNanos = System.nanoTime();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var daemon = new Thread(work, "progress");
            daemon.setDaemon(true);
            return daemon;
          });
  private Now now;
  private long scheduleBegunNanos;
  private int ended;

  /**
   * @param schedulesInAll of all subjects together
   */
  Progress(Screen screen, int schedulesInAll) {
    this.screen = screen;
    this.schedulesInAll = schedulesInAll;
    if (screen.isTerminal()) {
      thread.scheduleWithFixedDelay(this::show, PERIOD_MS, PERIOD_MS, TimeUnit.MILLISECONDS);
    }
  }

  synchronized void schedule(Now schedule) {
    now = schedule;
    scheduleBegunNanos = System.nanoTime();
  }

  synchronized void scheduleEnded(boolean clean) {
    ended++;
    screen.line(
        String.format(
            Locale.ROOT,
            "%s %d: %s in %.1f s, %d epochs, %d rows; %s",
            now.subject(),
            now.schedule().number(),
            clean ? "clean" : "VIOLATED",
            secondsSince(scheduleBegunNanos),
            now.block().commits().epochs(),
            now.block().rows(),
            now.schedule().text()));
    now = null;
  }

  /** Prints a line that stays. */
  synchronized void line(String text) {
    screen.line(text);
  }

  private synchronized void show() {
    if (now != null) {
      screen.block(lines());
    }
  }

  private List<String> lines() {
    var underWay = now.underWay().get();
    return List.of(
        "%s  schedule %d of %d (number %d, seed %d), %.0f s, %s left"
            .formatted(
                now.subject(),
                ended + 1,
                schedulesInAll,
                now.schedule().number(),
                now.plan().seed(),
                secondsSince(scheduleBegunNanos),
                timeLeft()),
        "  under way: "
            + (underWay.isEmpty() ? "nothing, waiting for commits" : String.join(", ", underWay)),
        "  %d epochs, %d rows checked, %d kills"
            .formatted(now.block().commits().epochs(), now.block().rows(), now.kills().getAsInt()));
  }

  private String timeLeft() {
    if (ended == 0) {
      return "? min";
    }
    double each = secondsSince(begunNanos) / ended;
    var left = Duration.ofSeconds(Math.round(each * (schedulesInAll - ended)));
    return "%d:%02d min".formatted(left.toMinutes(), left.toSecondsPart());
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
