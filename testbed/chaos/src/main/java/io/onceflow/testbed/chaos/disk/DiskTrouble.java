package io.onceflow.testbed.chaos.disk;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is wrong with the disk.
 *
 * @param mode slow, full or broken
 * @param under the directory it holds for, with all below it; an absolute path
 * @param operations which accesses it holds for; a full disk can be read
 * @param delay how long each access takes when slow
 */
public record DiskTrouble(Mode mode, String under, Set<Operation> operations, Duration delay) {

  /** How an access ends. */
  public enum Mode {
    SLOW,
    /** As ENOSPC. */
    FULL,
    /** As EIO. */
    BROKEN
  }

  /** Kinds of access. */
  public enum Operation {
    READ,
    WRITE
  }

  /** Every write takes this long. */
  public static DiskTrouble slow(String under, Duration delay) {
    return new DiskTrouble(Mode.SLOW, under, Set.of(Operation.READ, Operation.WRITE), delay);
  }

  /** No space is left; what is there can be read. */
  public static DiskTrouble full(String under) {
    return new DiskTrouble(Mode.FULL, under, Set.of(Operation.WRITE), Duration.ZERO);
  }

  /** Reads and writes fail. */
  public static DiskTrouble broken(String under) {
    return new DiskTrouble(
        Mode.BROKEN, under, Set.of(Operation.READ, Operation.WRITE), Duration.ZERO);
  }

  /** Whether an access is one of those that go wrong. */
  boolean concerns(Operation operation, String path) {
    return operations.contains(operation) && (path.equals(under) || path.startsWith(under + "/"));
  }

  String text() {
    return "%s %d %s %s"
        .formatted(
            mode,
            delay.toMillis(),
            new TreeSet<>(operations).stream().map(Enum::name).collect(Collectors.joining(",")),
            under);
  }

  static DiskTrouble parse(String text) {
    var words = text.strip().split(" ", 4);
    if (words.length != 4) {
      throw new IllegalArgumentException(
          "\"%s\" is no trouble of a disk; it is <mode> <delay ms> <operations> <directory>."
              .formatted(text));
    }
    var operations =
        Set.of(words[2].split(",")).stream().map(Operation::valueOf).collect(Collectors.toSet());
    return new DiskTrouble(
        Mode.valueOf(words[0].toUpperCase(Locale.ROOT)),
        words[3],
        operations,
        Duration.ofMillis(Long.parseLong(words[1])));
  }
}
