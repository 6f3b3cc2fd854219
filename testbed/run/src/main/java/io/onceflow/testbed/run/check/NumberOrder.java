package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.load.NumbersSource;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Follows the numbers of each generated key, which grow by the same step; other keys are anybody's.
 * One thread.
 */
public final class NumberOrder {

  private final Map<String, Long> last = new HashMap<>();
  private final int step;

  /**
   * @param step from a key's number to its next one; the first one is the step itself
   */
  public NumberOrder(int step) {
    this.step = step;
  }

  /** Takes the next record of a partition; says what is wrong with it. */
  public Optional<String> take(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return Optional.empty();
    }
    String key = new String(record.key(), StandardCharsets.UTF_8);
    if (!key.startsWith(NumbersSource.KEY_PREFIX)) {
      return Optional.empty();
    }
    String text = new String(record.value(), StandardCharsets.UTF_8);
    long before = last.getOrDefault(key, 0L);
    long now;
    try {
      now = Long.parseLong(text);
    } catch (NumberFormatException e) {
      return Optional.of("%s has \"%s\" after %d".formatted(at(record, key), text, before));
    }
    last.put(key, now);
    return now == before + step
        ? Optional.empty()
        : Optional.of("%s has %d after %d".formatted(at(record, key), now, before));
  }

  private static String at(ConsumerRecord<byte[], byte[]> record, String key) {
    return "%s of partition %d offset %d".formatted(key, record.partition(), record.offset());
  }
}
