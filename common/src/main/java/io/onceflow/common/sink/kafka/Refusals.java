package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.StoreException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the brokers have refused of one epoch, although nothing spoke against it: records, by their
 * numbers in the epoch, and letters that are to be headers only from then on. One thread.
 */
final class Refusals {

  private final Map<Long, Rejection> records = new HashMap<>();
  private final Set<Long> letters = new HashSet<>();
  private String transactionId = "";

  /** Forgets what is of another epoch. */
  void begin(String epoch) {
    if (!transactionId.equals(epoch)) {
      transactionId = epoch;
      records.clear();
      letters.clear();
    }
  }

  /**
   * @param refused by number, in the latest attempt
   * @param sentAsLetters the numbers that were letters then
   * @throws StoreException SYSTEM when a letter of headers only is refused
   */
  void add(Map<Long, Rejection> refused, Set<Long> sentAsLetters, String rejectTopic)
      throws StoreException {
    for (var entry : refused.entrySet()) {
      if (!sentAsLetters.contains(entry.getKey())) {
        records.put(entry.getKey(), entry.getValue());
      } else if (!letters.add(entry.getKey())) {
        throw KafkaErrors.system(
            "The reject topic %s takes no rejected record, not even without key and value (%s: %s); nothing of the epoch is committed. Use a topic that is not compacted and takes records of some kilobytes."
                .formatted(rejectTopic, entry.getValue().code(), entry.getValue().detail()));
      }
    }
  }

  /** Why the record was refused, or null. */
  Rejection of(long ordinal) {
    return records.get(ordinal);
  }

  boolean isLetterRefused(long ordinal) {
    return letters.contains(ordinal);
  }

  int count() {
    return records.size() + letters.size();
  }
}
