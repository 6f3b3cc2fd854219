package io.onceflow.tool;

import io.onceflow.common.commit.Epoch;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;

/** Commits nothing and remembers what it was asked to commit. */
record Collecting(Collection<Epoch> epochs) implements Committer<Epoch> {

  @Override
  public void commit(Collection<CommitRequest<Epoch>> requests) {
    requests.forEach(request -> epochs.add(request.getCommittable()));
  }

  @Override
  public void close() {}
}
