package io.onceflow.testbed.run.load;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;

/**
 * Where a group's records go. The generator and a feed must agree, or one group would have two
 * orders: a group that ends in a number goes to that number modulo the partitions, which spreads
 * generated groups evenly; any other goes where Kafka's own partitioner puts its name.
 */
public final class Partitions {

  private static final int MAX_DIGITS = 9;

  private Partitions() {}

  /** The partition of a group, of {@code count}. */
  public static int of(String group, int count) {
    int digits = group.length();
    while (digits > 0 && isDigit(group.charAt(digits - 1))) {
      digits--;
    }
    int length = group.length() - digits;
    if (length > 0 && length <= MAX_DIGITS) {
      return Integer.parseInt(group.substring(digits)) % count;
    }
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    return Utils.toPositive(Utils.murmur2(name)) % count;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
