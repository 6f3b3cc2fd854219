package io.onceflow.common.commit;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Phase 2 of PREPARED: decides, then commits each transaction of the epoch, then rolls back what
 * earlier attempts left, then applies the epoch's segments and completes the markers. A transaction
 * that is neither prepared nor committed ends the job: its rows are lost, and no restart brings
 * them back.
 */
final class PreparedCommitter extends EpochCommitter<PreparedSession> {

  private static final String LOST_BEFORE_DECISION =
      "Nothing of the epoch was decided or committed by this attempt: restore from checkpoint %d or a savepoint of that number, which reads its rows again.";

  private static final String LOST_AFTER_DECISION =
      "The epoch was decided already: its other transactions are committed or still prepared, and nothing was aborted. To write the rows again, restore from the checkpoint before with on-rewind: accept-duplicates, and remove what the epoch's other transactions wrote; or set the store back to a backup that holds the transaction.";

  private final StoreCalls<DecisionRegister> register;
  private final SegmentReader segments = new SegmentReader();

  /**
   * @param register the decision register of THREE_PHASE, or null for two phases
   */
  PreparedCommitter(
      StoreCalls<PreparedSession> calls,
      StoreCalls<DecisionRegister> register,
      SinkSettings settings,
      OptionalLong restoredCheckpointId,
      CommitMetrics metrics) {
    super(calls, settings, restoredCheckpointId, metrics);
    this.register = register;
  }

  @Override
  void openMore(OpenRequest request) throws IOException, InterruptedException {
    if (register != null) {
      var claim = settings().registerClaim(request, null);
      register.run(session -> session.open(claim));
    }
  }

  @Override
  StagedSession.ApplyResult settle(Epoch epoch) throws IOException, InterruptedException {
    refuseLoss(epoch);
    CrashPoints.reach(CrashPoints.COMMIT_BEFORE_DECIDE);
    if (register != null) {
      register.run(session -> session.decideCommit(epoch));
      CrashPoints.reach(CrashPoints.COMMIT_AFTER_REGISTER);
    }
    calls().run(session -> session.decide(epoch));
    CrashPoints.reach(CrashPoints.COMMIT_AFTER_DECIDE);
    for (var transaction : epoch.transactions()) {
      if (calls().call(session -> session.commit(transaction.id())) != Verdict.COMMITTED) {
        throw lost(epoch, transaction, LOST_AFTER_DECISION);
      }
      CrashPoints.reach(CrashPoints.COMMIT_MIDDLE);
    }
    abortOrphans(epoch.orphans());
    CrashPoints.reach(CrashPoints.COMMIT_BEFORE_FINISH);
    var finished = calls().call(session -> session.finish(epoch, segments));
    var rejected = epoch.transactions().stream().mapToLong(PreparedTransaction::rejected).sum();
    return new StagedSession.ApplyResult(
        finished.alreadyCommitted(), finished.rejectedRows() + rejected);
  }

  /**
   * While nothing is decided, a loss is repaired by a start from the checkpoint before: it replays
   * the rows. Afterwards that start is refused, so whether all of them are there is asked first.
   */
  private void refuseLoss(Epoch epoch) throws IOException, InterruptedException {
    if (epoch.transactions().isEmpty()) {
      return;
    }
    var prepared = Set.copyOf(calls().call(PreparedSession::inDoubt));
    for (var transaction : epoch.transactions()) {
      if (!prepared.contains(transaction.id())
          && !calls().call(session -> session.isCommitted(transaction.id()))) {
        throw lost(
            epoch, transaction, LOST_BEFORE_DECISION.formatted(epoch.previousCheckpointId()));
      }
    }
  }

  /**
   * This epoch's checkpoint has completed, and whatever was restored was committed before it could.
   * So what was prepared before the attempt began, and still is, will never be asked for again. An
   * attempt that was replaced never gets here: its checkpoints do not complete. It comes before the
   * epoch's segments are applied, which may need the unique keys that the orphans hold.
   */
  private void abortOrphans(List<String> orphans) throws IOException, InterruptedException {
    if (orphans.isEmpty()) {
      return;
    }
    CrashPoints.reach(CrashPoints.ORPHAN_BEFORE_DECIDE);
    Collection<String> aborted =
        register == null ? orphans : register.call(session -> session.decideAbort(orphans));
    for (var orphan : orphans) {
      CrashPoints.reach(CrashPoints.ORPHAN_BEFORE_ROLLBACK);
      if (aborted.contains(orphan)) {
        calls().run(session -> session.rollBack(orphan));
      } else {
        // Restored and committed since, or decided before duplicates were accepted.
        calls().call(session -> session.commit(orphan));
      }
      CrashPoints.reach(CrashPoints.ORPHAN_AFTER_ROLLBACK);
    }
  }

  private static SuppressRestartsException lost(
      Epoch epoch, PreparedTransaction transaction, String wayOut) {
    return new SuppressRestartsException(
        new IOException(
            ("Sink '%s': transaction %s of the epoch of checkpoint %d is LOST: it is neither prepared nor is its marker in the store, so it"
                    + " was rolled back outside of this job, and its %d rows are not there. %s Look with: onceflow in-doubt, onceflow markers.")
                .formatted(
                    epoch.sinkId(),
                    transaction.id(),
                    epoch.checkpointId(),
                    transaction.rows(),
                    wayOut)));
  }

  @Override
  public void close() {
    super.close();
    if (register != null) {
      register.close();
    }
  }
}
