package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import io.onceflow.common.commit.simulation.Strand.Directive;

/** A session of a store in memory. Every call is a step at which the network may fail. */
abstract class MemorySession implements StoreSession {

  private final MemoryStore store;
  private final String runId;
  private int restarts;

  MemorySession(MemoryStore store, String runId) {
    this.store = store;
    this.runId = runId;
    this.restarts = store.restarts();
  }

  /** What the server does. */
  interface Request<R> {
    R run() throws StoreException;
  }

  final MemoryStore store() {
    return store;
  }

  final String runId() {
    return runId;
  }

  final <R> R call(String name, Request<R> request) throws StoreException {
    var directive = Strand.reach(name, true);
    if (restarts != store.restarts()) {
      restarts = store.restarts();
      throw new StoreException(ErrorClass.TRANSIENT, "The server was restarted.", null);
    }
    return overNetwork(directive, request);
  }

  static <R> R overNetwork(Directive directive, Request<R> request) throws StoreException {
    if (directive == Directive.LOSE_REQUEST) {
      throw new StoreException(ErrorClass.TRANSIENT, "The request was lost.", null);
    }
    StoreException refused = null;
    R result = null;
    try {
      result = request.run();
    } catch (StoreException e) {
      refused = e;
    }
    if (directive == Directive.LOSE_REPLY) {
      throw new StoreException(ErrorClass.AMBIGUOUS, "The answer was lost.", null);
    }
    if (refused != null) {
      throw refused;
    }
    return result;
  }

  @Override
  public void preflight() {}

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return call("open", () -> store.open(request));
  }

  @Override
  public void abort() {}

  @Override
  public void close() {}
}
