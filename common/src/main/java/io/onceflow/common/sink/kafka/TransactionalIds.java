package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SinkId;

/**
 * The names under which sessions fence each other. A sink id holds no dot, so no name is the
 * beginning of another sink's: with ACLs by prefix, give {@code of.ID} literally and {@code of.ID.}
 * as the prefix.
 */
final class TransactionalIds {

  private TransactionalIds() {}

  static String of(Epoch epoch) {
    return epoch.scope() == CommitScope.SINK
        ? ofSink(epoch.sinkId())
        : ofSubtask(epoch.sinkId(), epoch.subtask());
  }

  static String ofSink(SinkId sinkId) {
    return "of." + sinkId;
  }

  static String ofSubtask(SinkId sinkId, int subtask) {
    return "of.%s.%d".formatted(sinkId, subtask);
  }
}
