package io.onceflow.common.upgrade;

import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.OperatorBackendSerializationProxy;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * A savepoint's states as a text: for each operator's uid the name, kind and serializers of each
 * state, as Flink wrote them, read with Flink's own classes. Needs the canonical format.
 */
public final class StateText {

  private StateText() {}

  /** Describes all operators that have state. */
  public static String of(CheckpointMetadata savepoint) throws IOException {
    StringBuilder text = new StringBuilder();
    for (OperatorState operator :
        savepoint.getOperatorStates().stream()
            .sorted(Comparator.comparing(StateText::uid))
            .toList()) {
      TreeSet<String> states = new TreeSet<>();
      for (OperatorSubtaskState subtask : operator.getStates()) {
        states.addAll(states(subtask));
      }
      if (operator.getCoordinatorState() != null) {
        states.add("coordinator state");
      }
      if (!states.isEmpty()) {
        text.append(text.isEmpty() ? "" : "\n").append(uid(operator)).append('\n');
        states.forEach(state -> text.append("  ").append(state).append('\n'));
      }
    }
    return text.toString();
  }

  /** Describes one subtask's. */
  public static TreeSet<String> states(OperatorSubtaskState subtask) throws IOException {
    TreeSet<String> states = new TreeSet<>();
    for (var handle : subtask.getManagedOperatorState()) {
      states.addAll(operatorStates(handle));
    }
    for (var handle : subtask.getManagedKeyedState()) {
      if (!(handle instanceof KeyGroupsStateHandle keyed)) {
        throw new IOException(
            "The keyed state is a %s; take the savepoint in the canonical format."
                .formatted(handle.getClass().getSimpleName()));
      }
      states.addAll(keyedStates(keyed));
    }
    if (!subtask.getRawKeyedState().isEmpty() || !subtask.getRawOperatorState().isEmpty()) {
      states.add("raw state");
    }
    return states;
  }

  private static Collection<String> operatorStates(StreamStateHandle handle) throws IOException {
    var proxy = new OperatorBackendSerializationProxy(StateText.class.getClassLoader());
    try (var in = handle.openInputStream()) {
      proxy.read(new DataInputViewStreamWrapper(in));
    }
    TreeSet<String> states = new TreeSet<>();
    proxy.getOperatorStateMetaInfoSnapshots().forEach(info -> states.add(describe(info)));
    proxy.getBroadcastStateMetaInfoSnapshots().forEach(info -> states.add(describe(info)));
    return states;
  }

  private static Collection<String> keyedStates(StreamStateHandle handle) throws IOException {
    var proxy = new KeyedBackendSerializationProxy<>(StateText.class.getClassLoader());
    try (var in = handle.openInputStream()) {
      proxy.read(new DataInputViewStreamWrapper(in));
    }
    TreeSet<String> states = new TreeSet<>();
    states.add("key: " + name(proxy.getKeySerializerSnapshot()));
    proxy.getStateMetaInfoSnapshots().forEach(info -> states.add(describe(info)));
    return states;
  }

  private static String describe(StateMetaInfoSnapshot info) {
    String serializers =
        info.getSerializerSnapshotsImmutable().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(entry -> part(entry.getKey()) + " " + name(entry.getValue()))
            .collect(Collectors.joining(", "));
    String kind =
        info.getOptionsImmutable().entrySet().stream()
            .filter(option -> option.getKey().endsWith("_TYPE") || option.getKey().endsWith("MODE"))
            .map(Map.Entry::getValue)
            .sorted()
            .collect(Collectors.joining(" "));
    return "%s: %s %s, %s".formatted(info.getName(), info.getBackendStateType(), kind, serializers);
  }

  private static String part(String key) {
    return key.replace("_SERIALIZER", "").toLowerCase(java.util.Locale.ROOT);
  }

  private static String name(TypeSerializerSnapshot<?> snapshot) {
    return snapshot.restoreSerializer().getClass().getName();
  }

  private static String uid(OperatorState operator) {
    return operator.getOperatorUid().orElse(operator.getOperatorID().toHexString());
  }
}
