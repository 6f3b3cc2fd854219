package io.onceflow.testbed.chaos.report;

import java.util.List;
import java.util.Locale;

/**
 * Recovery times, from a fault to the next committed epoch.
 *
 * @param millis sorted
 */
public record Recoveries(List<Long> millis) {

  public Recoveries {
    millis = millis.stream().sorted().toList();
  }

  /** The smallest time that at least this share of all does not exceed; 0 when there is none. */
  public long quantile(double share) {
    if (millis.isEmpty()) {
      return 0;
    }
    int rank = (int) Math.ceil(share * millis.size());
    return millis.get(Math.max(0, rank - 1));
  }

  public int count() {
    return millis.size();
  }

  static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1e3);
  }
}
