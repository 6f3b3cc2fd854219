package io.onceflow.common.retry;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The unfinished messages of a scope in the order they came. Task thread only. */
final class ScopeQueue {

  private final TreeMap<Long, Entry> byPosition = new TreeMap<>();
  private final Map<String, Entry> byIdentity = new HashMap<>();

  /** Larger than that of every message here; starts anew when the scope was empty. */
  long nextPosition() {
    return byPosition.isEmpty() ? 0 : byPosition.lastKey() + 1;
  }

  void add(Entry entry) {
    byPosition.put(entry.position, entry);
    byIdentity.put(entry.identity, entry);
  }

  void remove(Entry entry) {
    byPosition.remove(entry.position);
    byIdentity.remove(entry.identity);
  }

  Entry get(String identity) {
    return byIdentity.get(identity);
  }

  Entry first() {
    return byPosition.isEmpty() ? null : byPosition.firstEntry().getValue();
  }

  boolean isEmpty() {
    return byPosition.isEmpty();
  }
}
