package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.Verdict;
import java.util.List;

/** Takes a transaction that is nowhere for one that somebody committed. */
final class CredulousSession extends DelegatingSession<PreparedSession> implements PreparedSession {

  CredulousSession(PreparedSession session) {
    super(session);
  }

  @Override
  public boolean isCommitted(String transactionId) {
    return true;
  }

  @Override
  public Verdict commit(String transactionId) throws StoreException {
    session.commit(transactionId);
    return Verdict.COMMITTED;
  }

  @Override
  public void decide(Epoch epoch) throws StoreException {
    session.decide(epoch);
  }

  @Override
  public void rollBack(String transactionId) throws StoreException {
    session.rollBack(transactionId);
  }

  @Override
  public List<String> inDoubt() throws StoreException {
    return session.inDoubt();
  }

  @Override
  public StagedSession.ApplyResult finish(Epoch epoch, SegmentReader segments)
      throws StoreException {
    return session.finish(epoch, segments);
  }
}
