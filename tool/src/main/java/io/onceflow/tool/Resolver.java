package io.onceflow.tool;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.Verdict;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import io.onceflow.tool.Plan.Step;
import io.onceflow.tool.Plan.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Settles what is in doubt as the job's own committer would after a restore, without the job:
 * fence, collect, choose, record, drive, verify.
 *
 * <p>Safety does not rest on the job being dead. Claiming the sink fences its run: from then on it
 * can decide about no epoch, so what is collected afterwards is complete but for transactions that
 * no checkpoint contains. Every step is idempotent, so a resolver that was stopped anywhere is
 * simply run again; of two at once the later claim fences the earlier one.
 */
final class Resolver {

  /** The sink is taken from the job's run, nothing is decided. */
  static final String AFTER_FENCE = "resolve-after-fence";

  /** An epoch is decided, none of its transactions is committed by the resolver. */
  static final String AFTER_DECIDE = "resolve-after-decide";

  /** One more transaction is committed. */
  static final String COMMIT_MIDDLE = "resolve-commit-middle";

  /** An epoch's transactions are committed, its markers are not complete. */
  static final String BEFORE_FINISH = "resolve-before-finish";

  /** One more transaction is rolled back. */
  static final String ROLL_BACK_MIDDLE = "resolve-roll-back-middle";

  /** No store can record that a loss was accepted, so every restart would find it again. */
  private static final String WAY_OUT_OF_LOSS =
      "Nothing brings a lost transaction back, and no job starts from this checkpoint any more. Either set the store back to a backup that"
          + " holds it and resolve again, or start the job from a checkpoint before %d with on-rewind: accept-duplicates and remove what"
          + " is there twice then.";

  private final StoreInspector inspector;
  private final SinkId sinkId;
  private final Actor actor;

  Resolver(StoreInspector inspector, SinkId sinkId, Actor actor) {
    this.inspector = inspector;
    this.sinkId = sinkId;
    this.actor = actor;
  }

  /**
   * How it ended.
   *
   * @param settled transactions that were committed or rolled back now
   * @param remaining what is prepared for the sink afterwards
   */
  record Outcome(List<Step> settled, List<String> remaining) {}

  /** What the checkpoint and the store say now; changes nothing. */
  Plan plan(CheckpointView view) throws StoreException {
    // The order matters: what is committed between the two readings is found marked.
    var prepared = preparedHere();
    var named = new ArrayList<>(Plan.named(view));
    view.epochs().forEach(epoch -> named.add(epoch.transactionId()));
    return Plan.make(view, sink(), prepared, inspector.committed(named));
  }

  List<InDoubt> preparedHere() throws StoreException {
    return inspector.inDoubtHere().stream()
        .filter(found -> found.transactionId().startsWith("of." + sinkId + "."))
        .toList();
  }

  private SinkInfo sink() throws StoreException {
    return inspector.sinks().stream()
        .filter(sink -> sink.sinkId().equals(sinkId.value()))
        .findFirst()
        .orElseThrow(
            () ->
                new StoreException(
                    ErrorClass.SYSTEM, "Sink '%s' is gone.".formatted(sinkId), null));
  }

  /**
   * Fences, plans again and carries the plan out.
   *
   * @param ruling confirms what is planned after the fence
   * @param deeds notes what is done
   * @throws HeldException when there is doubt after the fence; what was done until then is noted
   */
  Outcome execute(CheckpointView view, Ruling ruling, Deeds deeds)
      throws StoreException, HeldException {
    try (var session = inspector.settling(sinkId, actor.run());
        var lease = ResolverLease.of(inspector, sinkId, actor)) {
      fence(session, view);
      lease.take();
      deeds.add("Sink '%s' was taken from the job's run, which fails closed.".formatted(sinkId));
      CrashPoints.reach(AFTER_FENCE);
      var plan = plan(view);
      hold(plan);
      ruling.confirm(plan);
      return drive(session, plan, deeds);
    } catch (StoreException e) {
      if (e.errorClass() == ErrorClass.FENCED) {
        throw new HeldException(e.getMessage());
      }
      throw e;
    }
  }

  static void hold(Plan plan) throws HeldException {
    var reasons = new ArrayList<>(plan.doubts());
    plan.of(Verb.LOST)
        .forEach(
            step -> reasons.add("LOST: %s: %s.".formatted(step.transactionId(), step.reason())));
    if (!plan.of(Verb.LOST).isEmpty()) {
      reasons.add(WAY_OUT_OF_LOSS.formatted(plan.checkpointId()));
    }
    if (!reasons.isEmpty()) {
      throw new HeldException(reasons);
    }
  }

  private void fence(PreparedSession session, CheckpointView view) throws StoreException {
    audit("sink " + sinkId, Action.FENCE, "to settle by checkpoint " + view.path());
    session.open(
        new OpenRequest(
            sinkId,
            actor.run(),
            view.lineage(),
            OptionalLong.of(view.checkpointId()),
            OnRewind.FAIL));
  }

  private Outcome drive(PreparedSession session, Plan plan, Deeds deeds)
      throws StoreException, HeldException {
    var settled = new ArrayList<Step>();
    for (var epoch : plan.decide()) {
      audit("checkpoint " + epoch.checkpointId(), Action.DECIDE, "its checkpoint has completed");
      session.decide(epoch);
      deeds.add("The epoch of checkpoint %d was decided.".formatted(epoch.checkpointId()));
      CrashPoints.reach(AFTER_DECIDE);
      for (var step : plan.of(Verb.COMMIT)) {
        if (Objects.equals(step.checkpointId(), epoch.checkpointId())) {
          commit(session, plan, step, settled, deeds);
        }
      }
      CrashPoints.reach(BEFORE_FINISH);
      finish(session, epoch, deeds);
    }
    for (var step : plan.of(Verb.COMMIT)) {
      if (step.checkpointId() == null) {
        commit(session, plan, step, settled, deeds);
      }
    }
    for (var step : plan.of(Verb.ROLL_BACK)) {
      audit(step.transactionId(), Action.ROLL_BACK, step.reason());
      // A later resolver may hold another checkpoint for the newest: what it commits must not go.
      inspector.whileOwning(sinkId, actor.run(), () -> session.rollBack(step.transactionId()));
      deeds.add("Transaction %s was rolled back.".formatted(step.transactionId()));
      settled.add(step);
      CrashPoints.reach(ROLL_BACK_MIDDLE);
    }
    return new Outcome(settled, preparedHere().stream().map(InDoubt::transactionId).toList());
  }

  /** Rows of upserts wait in segments: without the job's mapping only the job can apply them. */
  private void finish(PreparedSession session, Epoch epoch, Deeds deeds) throws StoreException {
    if (epoch.parts().isEmpty()) {
      audit("checkpoint " + epoch.checkpointId(), Action.FINISH, "its transactions are settled");
      session.finish(epoch, new SegmentReader());
      deeds.add("The epoch of checkpoint %d was finished.".formatted(epoch.checkpointId()));
    }
  }

  private void commit(
      PreparedSession session, Plan plan, Step step, List<Step> settled, Deeds deeds)
      throws StoreException, HeldException {
    audit(step.transactionId(), Action.COMMIT, step.reason());
    if (session.commit(step.transactionId()) != Verdict.COMMITTED) {
      throw lost(plan, step);
    }
    deeds.add("Transaction %s was committed.".formatted(step.transactionId()));
    settled.add(step);
    CrashPoints.reach(COMMIT_MIDDLE);
  }

  /** An epoch with a loss is never finished: its job, too, stops there. */
  private HeldException lost(Plan plan, Step step) throws StoreException {
    var reason = "it was prepared when the plan was made and is gone now, without its marker";
    audit(step.transactionId(), Action.LOST, reason);
    return new HeldException(
        List.of(
            "LOST: %s: %s.".formatted(step.transactionId(), reason),
            WAY_OUT_OF_LOSS.formatted(plan.checkpointId())));
  }

  /** Before the act: a row without its act is told from the act's own trace, the reverse is not. */
  private void audit(String subject, Action action, String reason) throws StoreException {
    inspector.record(new AuditRow(null, sinkId.value(), subject, action, reason, actor));
  }
}
