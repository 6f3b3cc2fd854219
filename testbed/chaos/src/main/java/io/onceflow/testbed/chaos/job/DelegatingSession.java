package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;

/** A session that does what another one does, but for what is defective in it. */
abstract class DelegatingSession<S extends StoreSession> implements StoreSession {

  final S session;

  DelegatingSession(S session) {
    this.session = session;
  }

  @Override
  public void preflight() throws StoreException {
    session.preflight();
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return session.open(request);
  }

  @Override
  public void abort() {
    session.abort();
  }

  @Override
  public void close() {
    session.close();
  }
}
