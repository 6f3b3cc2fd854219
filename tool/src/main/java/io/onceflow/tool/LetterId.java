package io.onceflow.tool;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Comparator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Which letter of a dead letter topic, written {@code PARTITION:OFFSET}.
 *
 * @param partition the partition of the dead letter topic
 * @param offset the offset in that partition
 */
record LetterId(int partition, long offset) implements Comparable<LetterId> {

  private static final Comparator<LetterId> ORDER =
      Comparator.comparingInt(LetterId::partition).thenComparingLong(LetterId::offset);

  @Override
  public int compareTo(LetterId other) {
    return ORDER.compare(this, other);
  }

  @Override
  @JsonValue
  public String toString() {
    return partition + ":" + offset;
  }

  /** Reads one from the command line. */
  static final class Converter implements ITypeConverter<LetterId> {

    @Override
    public LetterId convert(String text) {
      if (!text.matches("\\d{1,9}:\\d{1,18}")) {
        throw new TypeConversionException(
            "'%s' is no letter: the list names them PARTITION:OFFSET, such as 0:17."
                .formatted(text));
      }
      var colon = text.indexOf(':');
      return new LetterId(
          Integer.parseInt(text.substring(0, colon)), Long.parseLong(text.substring(colon + 1)));
    }
  }
}
