package io.onceflow.common.retry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/**
 * What survives a restart: the unfinished messages and the final acknowledgements of each scope,
 * and the controls in force. Task thread only; the keyed parts are those of the current key.
 */
final class RetryState {

  private static final String RULES = "rules";
  private static final String PAUSE = "pause/";

  private final KeyedStateBackend<String> backend;
  private final MapStateDescriptor<Long, Unfinished> unfinishedDescriptor =
      new MapStateDescriptor<>("unfinished", Types.LONG, RetryTypes.UNFINISHED);
  private final MapState<Long, Unfinished> unfinished;
  private final MapState<String, Acknowledgement> finals;
  private final BroadcastState<String, RetryControl> controls;

  /**
   * @param retention of final acknowledgements
   */
  RetryState(
      StateInitializationContext context, KeyedStateBackend<String> backend, Duration retention)
      throws Exception {
    this.backend = backend;
    unfinished = context.getKeyedStateStore().getMapState(unfinishedDescriptor);
    MapStateDescriptor<String, Acknowledgement> finalsDescriptor =
        new MapStateDescriptor<>("finals", Types.STRING, RetryTypes.ACKNOWLEDGEMENT);
    finalsDescriptor.enableTimeToLive(StateTtlConfig.newBuilder(retention).build());
    finals = context.getKeyedStateStore().getMapState(finalsDescriptor);
    controls =
        context
            .getOperatorStateStore()
            .getBroadcastState(
                new MapStateDescriptor<>("controls", Types.STRING, RetryTypes.CONTROL));
  }

  /** A message with the scope and the position it had. */
  record Restored(String scope, long position, Unfinished unfinished) {}

  /** All unfinished messages of this subtask, those of a scope in the order they came. */
  List<Restored> all() throws Exception {
    List<Restored> all = new ArrayList<>();
    backend.applyToAllKeys(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        unfinishedDescriptor,
        (String scope, MapState<Long, Unfinished> messages) -> {
          for (Map.Entry<Long, Unfinished> message : messages.entries()) {
            all.add(new Restored(scope, message.getKey(), message.getValue()));
          }
        });
    // Not by the time of arrival: the clock of another machine may be behind.
    all.sort(Comparator.comparing(Restored::scope).thenComparingLong(Restored::position));
    return all;
  }

  Unfinished get(Entry entry) throws Exception {
    backend.setCurrentKey(entry.scope);
    return unfinished.get(entry.position);
  }

  void put(Entry entry, Unfinished message) throws Exception {
    backend.setCurrentKey(entry.scope);
    unfinished.put(entry.position, message);
  }

  /** Replaces an unfinished message by its final acknowledgement. */
  void finish(Entry entry, Acknowledgement acknowledgement) throws Exception {
    backend.setCurrentKey(entry.scope);
    unfinished.remove(entry.position);
    finals.put(entry.identity, acknowledgement);
  }

  /** The final acknowledgement of a message, or null. */
  Acknowledgement finalOf(String scope, String identity) throws Exception {
    backend.setCurrentKey(scope);
    return finals.get(identity);
  }

  /** Remembers the final acknowledgement of a message that was never taken. */
  void finishUntaken(String scope, String identity, Acknowledgement acknowledgement)
      throws Exception {
    backend.setCurrentKey(scope);
    finals.put(identity, acknowledgement);
  }

  void keep(RetryControl control) throws Exception {
    if (control instanceof RetryControl.Pause pause) {
      controls.put(PAUSE + pause.dependency(), pause);
    } else if (control instanceof RetryControl.Resume resume) {
      controls.remove(PAUSE + resume.dependency());
    } else if (control instanceof RetryControl.ChangeRules) {
      controls.put(RULES, control);
    }
  }

  /** The controls in force. */
  List<RetryControl> controls() throws Exception {
    List<RetryControl> inForce = new ArrayList<>();
    for (Map.Entry<String, RetryControl> control : controls.immutableEntries()) {
      inForce.add(control.getValue());
    }
    return inForce;
  }
}
