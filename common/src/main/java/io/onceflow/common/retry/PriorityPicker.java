package io.onceflow.common.retry;

import java.util.List;

/**
 * Picks the lane that goes next: first a priority that is owed a start by its reserved share, else
 * the most urgent. With shares r(p) that sum up to 100 at most, a priority with something ready
 * gets r(p) of any 100 starts, give or take one start per priority. Task thread only.
 */
final class PriorityPicker {

  private static final int FULL = 100;

  private final int[] credit = new int[RetryMessage.LEAST_PRIORITY + 1];

  /** Picks one of these, none of them empty; null when there are none. */
  Lane pick(List<Lane> lanes, PriorityRules rules, long nowMs) {
    if (lanes.isEmpty()) {
      return null;
    }
    Lane picked = mostUrgent(lanes, owed(lanes, rules), rules, nowMs);
    int priority = picked.kind.priority();
    credit[priority] = Math.max(0, credit[priority] - FULL);
    return picked;
  }

  /** The priority that is owed most, or -1. */
  private int owed(List<Lane> lanes, PriorityRules rules) {
    int waiting = 0;
    for (Lane lane : lanes) {
      waiting |= 1 << lane.kind.priority();
    }
    int owed = -1;
    for (int priority = 0; priority < credit.length; priority++) {
      boolean waits = (waiting & 1 << priority) != 0;
      credit[priority] = waits ? credit[priority] + rules.reserved(priority) : 0;
      if (credit[priority] >= FULL && (owed < 0 || credit[priority] > credit[owed])) {
        owed = priority;
      }
    }
    return owed;
  }

  private static Lane mostUrgent(
      List<Lane> lanes, int onlyPriority, PriorityRules rules, long nowMs) {
    long agingMs = rules.aging().toMillis();
    Lane best = null;
    for (Lane lane : lanes) {
      if (onlyPriority < 0 || lane.kind.priority() == onlyPriority) {
        best = best == null || comesBefore(lane, best, nowMs, agingMs) ? lane : best;
      }
    }
    return best;
  }

  private static boolean comesBefore(Lane lane, Lane other, long nowMs, long agingMs) {
    int byUrgency = Double.compare(lane.urgency(nowMs, agingMs), other.urgency(nowMs, agingMs));
    return byUrgency < 0
        || byUrgency == 0
            && Lane.OLDEST_FIRST.compare(lane.entries.first(), other.entries.first()) < 0;
  }
}
