package io.onceflow.common.source.rabbitmq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;

/**
 * Gives each configured queue or stream to one reader: they are dealt round in the order of their
 * names. Splits that a checkpoint holds come back with its readers and are not dealt again; a
 * reader that fails gives back the ones that no checkpoint has yet. Coordinator thread.
 */
final class FixedSplitEnumerator<S extends SourceSplit>
    implements SplitEnumerator<S, AssignedSplits> {

  private final SplitEnumeratorContext<S> context;
  private final boolean bounded;
  private final Map<String, Integer> order = new HashMap<>();
  private final Map<String, S> waiting = new TreeMap<>();
  private final Set<String> assigned;

  FixedSplitEnumerator(
      SplitEnumeratorContext<S> context,
      List<S> configured,
      AssignedSplits restored,
      boolean bounded) {
    this.context = context;
    this.bounded = bounded;
    this.assigned = new HashSet<>(restored.names());
    var byName = new TreeMap<String, S>();
    configured.forEach(split -> byName.put(split.splitId(), split));
    byName.forEach(
        (name, split) -> {
          order.put(name, order.size());
          if (!assigned.contains(name)) {
            waiting.put(name, split);
          }
        });
  }

  @Override
  public void start() {
    // Readers register by themselves.
  }

  @Override
  public void handleSplitRequest(int subtask, String hostname) {
    // Splits are dealt when a reader registers.
  }

  @Override
  public void addReader(int subtask) {
    assignWaiting();
    if (bounded) {
      context.signalNoMoreSplits(subtask);
    }
  }

  @Override
  public void addSplitsBack(List<S> splits, int subtask) {
    for (S split : splits) {
      assigned.remove(split.splitId());
      waiting.put(split.splitId(), split);
    }
    assignWaiting();
  }

  private void assignWaiting() {
    var dealt = new LinkedHashMap<Integer, List<S>>();
    for (S split : List.copyOf(waiting.values())) {
      int owner = owner(split.splitId());
      if (context.registeredReaders().containsKey(owner)) {
        dealt.computeIfAbsent(owner, reader -> new ArrayList<>()).add(split);
        waiting.remove(split.splitId());
        assigned.add(split.splitId());
      }
    }
    if (!dealt.isEmpty()) {
      context.assignSplits(new SplitsAssignment<>(dealt));
    }
  }

  private int owner(String name) {
    return order.getOrDefault(name, Math.floorMod(name.hashCode(), 1 << 20))
        % context.currentParallelism();
  }

  @Override
  public AssignedSplits snapshotState(long checkpointId) {
    return new AssignedSplits(assigned);
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
