package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.Epoch;
import org.apache.flink.api.connector.sink2.Committer;

/** A request to commit: none of its signals may be used. */
record PlainRequest(Epoch epoch) implements Committer.CommitRequest<Epoch> {
  @Override
  public Epoch getCommittable() {
    return epoch;
  }

  @Override
  public int getNumberOfRetries() {
    return 0;
  }

  @Override
  public void signalFailedWithKnownReason(Throwable t) {
    throw new Violation("Silent loss was signalled: %s", t);
  }

  @Override
  public void signalFailedWithUnknownReason(Throwable t) {
    throw new Violation("A failure was signalled: %s", t);
  }

  @Override
  public void retryLater() {
    throw new Violation("A retry was asked for.");
  }

  @Override
  public void updateAndRetryLater(Epoch committable) {
    throw new Violation("A retry was asked for.");
  }

  @Override
  public void signalAlreadyCommitted() {
    throw new Violation("A signal was used.");
  }
}
