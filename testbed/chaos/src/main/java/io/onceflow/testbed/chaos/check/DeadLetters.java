package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.truth.Poison;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the topic of dead letters: each poison is there once, and no transaction of their sink
 * hangs. Used by one thread.
 */
final class DeadLetters implements AutoCloseable {

  private final CommittedRecords letters;
  private final OpenTransactions transactions;
  private final Map<String, Instant> openSince = new HashMap<>();
  private final Map<String, Integer> copies = new HashMap<>();

  DeadLetters(Checks.Places places) {
    this.letters = new CommittedRecords(places.input(), places.deadLetters());
    this.transactions = new OpenTransactions(places.input(), places.deadLetterSink());
  }

  /** Reads what has come. */
  void read() throws IOException {
    letters.read(
        letter -> {
          var value = new String(letter.value(), StandardCharsets.UTF_8);
          copies.merge(Poison.idIn(value), 1, Integer::sum);
        });
  }

  /** The transactions that are open now, with the moment at which a call saw them first. */
  Map<String, Instant> inDoubt() throws Exception {
    var open = transactions.list();
    openSince.keySet().retainAll(open);
    open.forEach(id -> openSince.putIfAbsent(id, Instant.now()));
    return Map.copyOf(openSince);
  }

  /** The poison that is no dead letter yet. */
  List<String> missing(List<String> poison) {
    return poison.stream().filter(id -> !copies.containsKey(id)).toList();
  }

  /** Dead letters beyond the first, of each poison. */
  long duplicated() {
    return copies.values().stream().mapToLong(count -> count - 1).sum();
  }

  /** Dead letters of what is no poison. */
  List<String> unexpected(Set<String> poison) {
    return copies.keySet().stream().filter(id -> !poison.contains(id)).toList();
  }

  @Override
  public void close() {
    letters.close();
    transactions.close();
  }
}
