package io.onceflow.common.commit;

import java.io.IOException;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** How the rows of an epoch wait for their checkpoint. */
public enum CommitStrategy {
  /** In segments beside the checkpoint; one local transaction applies them. Nothing is in doubt. */
  STAGED,
  /** In prepared transactions of the store, one per subtask. */
  PREPARED;

  /**
   * Refuses the state of a sink of another strategy.
   *
   * @param written the name in the state; empty in a state that does not say
   * @throws SuppressRestartsException when it is another one
   */
  void requireSame(SinkId sinkId, String written) {
    if (!written.isEmpty() && !written.equals(name())) {
      throw new SuppressRestartsException(
          new IOException(
              "Sink '%s' is configured with strategy %s, but the state it was restored with is of strategy %s. Nothing was changed. Set the strategy back; to change it, see docs/operate.md, 'Another strategy'."
                  .formatted(sinkId, name(), written)));
    }
  }
}
