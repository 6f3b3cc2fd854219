package io.onceflow.common.commit.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How much of a long campaign runs: every n-th of its cases, from a place that the seed gives. As
 * many seeds in a row as a stride is long run all of them.
 *
 * <p>{@code -Donceflow.walk=full} runs all cases. {@code -Donceflow.seed=S} sets the seed, which is
 * random otherwise and one for the whole JVM.
 *
 * @param seed any number
 * @param stride 1 for all cases
 */
public record Sampling(long seed, int stride) {

  private static final String FULL = "full";
  private static final String SETTING = System.getProperty("onceflow.walk", "sampled");
  private static final long SEED =
      Long.getLong("onceflow.seed", ThreadLocalRandom.current().nextLong(1, 1_000_000));

  /** Every n-th case, or all, as the system properties want it. */
  public static Sampling every(int nth) {
    return new Sampling(SEED, strideOf(SETTING, nth));
  }

  static int strideOf(String setting, int nth) {
    return switch (setting) {
      case FULL -> 1;
      case "sampled" -> nth;
      default ->
          throw new IllegalArgumentException(
              "-Donceflow.walk=%s is no walk; say full or sampled.".formatted(setting));
    };
  }

  /**
   * The first case, 0 for the first of all; less than the stride.
   *
   * @param name of the campaign: those of different names begin at different places
   */
  public int first(String name) {
    var ofName = new SplittableRandom(name.hashCode()).nextInt(stride);
    return Math.floorMod(seed + ofName, stride);
  }

  /** The cases that run, in their order. */
  public <T> List<T> of(String name, List<T> all) {
    var some = new ArrayList<T>();
    for (var i = first(name); i < all.size(); i += stride) {
      some.add(all.get(i));
    }
    return some;
  }

  /** What to add to a command for the same cases. */
  public String repetition() {
    return stride == 1 ? "-Donceflow.walk=" + FULL : "-Donceflow.seed=" + seed;
  }
}
