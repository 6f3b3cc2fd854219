package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.Verdict;
import java.util.List;

/** PREPARED in memory, with a look at the register before anything becomes final. */
final class MemoryPreparedSession extends MemorySession implements PreparedSession {

  private final MemoryRegister register;

  /**
   * @param register the register that must have decided first, or null
   */
  MemoryPreparedSession(MemoryStore store, String runId, MemoryRegister register) {
    super(store, runId);
    this.register = register;
  }

  @Override
  public void decide(Epoch epoch) throws StoreException {
    call(
        "decide",
        () -> {
          store().decide(epoch, runId());
          return null;
        });
  }

  @Override
  public Verdict commit(String id) throws StoreException {
    return call("commit", () -> commitNow(id) ? Verdict.COMMITTED : Verdict.LOST);
  }

  @Override
  public boolean isCommitted(String id) throws StoreException {
    return call("isCommitted", () -> store().isMarked(id));
  }

  private boolean commitNow(String id) {
    expect(id, Decision.COMMIT);
    return store().commit(id);
  }

  @Override
  public void rollBack(String id) throws StoreException {
    call(
        "rollBack",
        () -> {
          expectAbort(id);
          store().rollBack(id);
          return null;
        });
  }

  private void expectAbort(String id) {
    if (store().inDoubt().contains(id)) {
      expect(id, Decision.ABORT);
    }
  }

  private void expect(String id, Decision decision) {
    if (register != null && register.decision(id) != decision) {
      throw new Violation(
          "%s of %s, but the register holds %s.", decision, id, register.decision(id));
    }
  }

  /** The defect is what an earlier version of the gatherer did. */
  @Override
  public List<String> inDoubt() throws StoreException {
    var ids = call("inDoubt", () -> store().inDoubt());
    if (store().has(Defect.EARLY_ROLLBACK)) {
      for (var id : ids) {
        call(
            "rollBack",
            () -> {
              store().rollBack(id);
              return null;
            });
      }
    }
    return ids;
  }

  @Override
  public ApplyResult finish(Epoch epoch, SegmentReader segments) throws StoreException {
    return call("finish", () -> new ApplyResult(store().finish(epoch, runId()), 0));
  }
}
