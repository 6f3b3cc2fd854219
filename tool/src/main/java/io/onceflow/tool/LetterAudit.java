package io.onceflow.tool;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What the audit topic says about one dead letter topic. */
final class LetterAudit {

  private final String topicId;
  private final String producer;
  private final Map<LetterId, AuditEntry> settled = new HashMap<>();
  private final BitSet sequences = new BitSet();

  /**
   * @param topicId of the dead letter topic: entries of an older topic of this name do not count
   * @param producer the name under which messages are redriven
   */
  LetterAudit(String topicId, String producer) {
    this.topicId = topicId;
    this.producer = producer;
  }

  void accept(AuditEntry entry) {
    var place = entry.letter();
    if (place.topicId().equals(topicId)) {
      settled.put(new LetterId(place.partition(), place.offset()), entry);
    }
    if (entry.redriven() != null && entry.redriven().producer().equals(producer)) {
      sequences.set(Math.toIntExact(entry.redriven().sequence()));
    }
  }

  /** What was done with a letter, or null. */
  AuditEntry of(LetterId id) {
    return settled.get(id);
  }

  String producer() {
    return producer;
  }

  /** The number of the message that was redriven last, 0 before the first. */
  long lastSequence() {
    return sequences.length() == 0 ? 0 : sequences.length() - 1L;
  }

  /** Whether every number up to the last one is there. */
  boolean isComplete() {
    return sequences.cardinality() == lastSequence();
  }
}
