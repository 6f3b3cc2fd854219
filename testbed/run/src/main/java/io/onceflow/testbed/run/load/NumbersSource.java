package io.onceflow.testbed.run.load;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Numbers for the pipeline: the next of each key, which counts from 1, and now and then what is no
 * number. By that, what is missing, doubled or out of order shows in the output alone.
 */
public final class NumbersSource implements CommandSource {

  /** Every key of the generator begins so; the round and a number follow. */
  public static final String KEY_PREFIX = "gen-";

  private static final int KEYS = 256;
  private static final String[] MALFORMED = {
    "", "one", "1.5", " 7", "+7", "0x10", "9223372036854775807", "-99999999999999999999", "٧"
  };

  private final SplittableRandom random;
  private final long[] last = new long[KEYS];
  private final String[] keys = new String[KEYS];
  private final int[] partitionOf = new int[KEYS];
  private final int malformedPerMille;

  /**
   * @param round makes the keys of a later run over the same data others
   */
  public NumbersSource(long seed, int round, int partitions, int malformedPerMille) {
    this.random = new SplittableRandom(seed);
    this.malformedPerMille = malformedPerMille;
    for (int i = 0; i < KEYS; i++) {
      keys[i] = KEY_PREFIX + round + "-" + i;
      partitionOf[i] = Partitions.of(keys[i], partitions);
    }
  }

  @Override
  public Input next() {
    int key = random.nextInt(KEYS);
    boolean malformed = random.nextInt(1000) < malformedPerMille;
    String value =
        malformed ? MALFORMED[random.nextInt(MALFORMED.length)] : Long.toString(++last[key]);
    return new Input(
        keys[key],
        partitionOf[key],
        value.getBytes(StandardCharsets.UTF_8),
        malformed ? Meant.MALFORMED : Meant.WELL_FORMED);
  }
}
