package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Kills a process of a block's job and measures until the next epoch that the job commits after it
 * has recovered. An epoch that was on its way when the process died does not count: the time ends
 * where the longest stretch without a commit after the kill ends. Where commits went on without a
 * stretch of {@link #OUTAGE}, it ends with the first one after the process was started again.
 */
final class RecoveryMeter {
  /** As systemd or Kubernetes start a process again. */
  private static final Duration DOWN = Duration.ofSeconds(1);

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** More than two epochs at the shipped interval of 1 s. */
  private static final Duration OUTAGE = Duration.ofMillis(2_000);

  /** Commits that go on for so long after a kill, without an outage, tell that there is none. */
  private static final Duration NO_OUTAGE = Duration.ofSeconds(20);

  private static final int WELL_AGAIN = 3;
  private static final long POLL_MS = 25;

  private final BlockRun block;

  RecoveryMeter(BlockRun block) {
    this.block = block;
  }

  /** Returns milliseconds, or nothing when the job did not commit again. */
  OptionalLong measure(RecoveryCase what, int number) throws InterruptedException {
    var victim = victim(what, number);
    var killed = Instant.now();
    victim.kill(DOWN);
    var recovered = awaitRecovery(killed);
    block.keeper().awaitAllWell();
    block.cluster().awaitTaskManagers();
    return recovered;
  }

  private KeptProcess victim(RecoveryCase what, int number) {
    var leader = block.cluster().leader().name();
    var places = block.operator().rest().taskManagersOf(block.operator().job().id());
    var candidates =
        block.processes().stream()
            .filter(
                process ->
                    switch (what.target()) {
                      case LEADER -> process.name().equals(leader);
                      case TASKMANAGER -> places.contains(process.name());
                      default -> process.target() == Target.STORE;
                    })
            .toList();
    if (candidates.isEmpty()) {
      throw new IllegalStateException("There is no %s to kill.".formatted(what));
    }
    return candidates.get(number % candidates.size());
  }

  private OptionalLong awaitRecovery(Instant killed) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      var end = endOfOutage(killed, block.checks().commits());
      if (end.isPresent()) {
        return end;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
    return OptionalLong.empty();
  }

  /**
   * Once there was an outage and some commits after it, which tell that it was the last one; or,
   * when commits went on for long, the first one after the process was started again.
   */
  static OptionalLong endOfOutage(Instant killed, List<Instant> commits) {
    var after = new ArrayList<>(List.of(killed));
    commits.stream().filter(killed::isBefore).forEach(after::add);
    int longest = 0;
    for (int i = 1; i < after.size(); i++) {
      longest = longest == 0 || gap(after, i).compareTo(gap(after, longest)) > 0 ? i : longest;
    }
    if (longest == 0) {
      return OptionalLong.empty();
    }
    if (gap(after, longest).compareTo(OUTAGE) > 0) {
      return longest + WELL_AGAIN <= after.size()
          ? since(killed, after.get(longest))
          : OptionalLong.empty();
    }
    var started = killed.plus(DOWN);
    boolean wentOn = Duration.between(killed, after.get(after.size() - 1)).compareTo(NO_OUTAGE) > 0;
    return wentOn
        ? since(killed, after.stream().filter(started::isBefore).findFirst().orElseThrow())
        : OptionalLong.empty();
  }

  private static OptionalLong since(Instant killed, Instant commit) {
    return OptionalLong.of(Duration.between(killed, commit).toMillis());
  }

  private static Duration gap(List<Instant> commits, int index) {
    return Duration.between(commits.get(index - 1), commits.get(index));
  }
}
