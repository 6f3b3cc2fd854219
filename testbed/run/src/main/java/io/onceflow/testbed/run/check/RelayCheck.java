package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.check.Mistakes.Kind;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether the webhook has taken every record of a topic once: there is one result for each
 * partition and offset. Memory: a bit per record. One thread.
 */
public final class RelayCheck {

  private static final String ID = "message-id";

  private final String bootstrapServers;
  private final Mistakes mistakes;
  private final Map<String, BitSet> seen = new HashMap<>();

  /**
   * @param mistakes where mistakes are noted
   */
  public RelayCheck(String bootstrapServers, Mistakes mistakes) {
    this.bootstrapServers = bootstrapServers;
    this.mistakes = mistakes;
  }

  /** Checks every result, and every record. */
  public void run(String input, int partitions, String results) {
    try (PartitionReader reader = PartitionReader.ofAll(bootstrapServers, results)) {
      for (var record = reader.next(); record != null; record = reader.next()) {
        take(new String(record.headers().lastHeader(ID).value(), StandardCharsets.UTF_8));
      }
    }
    for (int partition = 0; partition < partitions; partition++) {
      compare(input, partition);
    }
    seen.forEach(
        (place, offsets) ->
            mistakes.add(Kind.EXTRA_OUTPUT, offsets.cardinality(), "results of " + place));
  }

  /** Every record of a topic is one too many. */
  public void requireEmpty(String topic) {
    try (PartitionReader reader = PartitionReader.ofAll(bootstrapServers, topic)) {
      for (var record = reader.next(); record != null; record = reader.next()) {
        mistakes.add(
            Kind.EXTRA_DEAD_LETTER, "%s has a record at %d".formatted(topic, record.offset()));
      }
    }
  }

  private void take(String id) {
    int slash = id.lastIndexOf('/');
    int offset = Integer.parseInt(id.substring(slash + 1));
    BitSet offsets = seen.computeIfAbsent(id.substring(0, slash), place -> new BitSet());
    if (offsets.get(offset)) {
      mistakes.add(Kind.EXTRA_OUTPUT, "a second result of " + id);
    }
    offsets.set(offset);
  }

  private void compare(String input, int partition) {
    String place = "%s/%d".formatted(input, partition);
    BitSet offsets = seen.computeIfAbsent(place, none -> new BitSet());
    try (PartitionReader reader = PartitionReader.of(bootstrapServers, input, partition)) {
      for (var record = reader.next(); record != null; record = reader.next()) {
        int offset = (int) record.offset();
        if (!offsets.get(offset)) {
          mistakes.add(Kind.NO_OUTPUT, "no result of %s/%d".formatted(place, offset));
        }
        offsets.clear(offset);
      }
    }
    if (offsets.isEmpty()) {
      seen.remove(place);
    }
  }
}
