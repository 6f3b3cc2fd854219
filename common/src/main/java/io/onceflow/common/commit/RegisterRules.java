package io.onceflow.common.commit;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Decides what a {@link DecisionRegister} takes. Pure: every register calls it inside the
 * transaction that locks the pipeline's record, and writes down what it says.
 *
 * <p>The runs that may vote and decide together are a <b>generation</b>, one run per sink; the
 * pipeline's fence counts them. Sinks of one job claim in any order, each with a run id of its own,
 * so a generation takes new runs as long as none of its gatherers has voted, and only from the
 * checkpoint that it began with. Flink sends no barrier before all tasks have claimed: a run that
 * comes after the first vote belongs to another job, and begins the next generation.
 *
 * <p>No clock is read. Checkpoint ids are compared only along one history, which the stores'
 * lineage rules have checked before.
 */
public final class RegisterRules {

  private RegisterRules() {}

  /**
   * A pipeline's record.
   *
   * @param name the pipeline
   * @param fence the current generation
   * @param closed whether a resolver closed it
   * @param voted whether a gatherer of the current generation has voted
   * @param restoredCheckpointId the checkpoint that the current generation began with
   * @param lastDecidedCheckpointId the newest checkpoint that COMMIT was recorded for, 0 for none
   * @param cutCheckpointId where the last resolver closed it, 0 for none
   * @param restorePath where the newest decided checkpoint, or the cut, is found
   */
  public record Pipeline(
      String name,
      long fence,
      boolean closed,
      boolean voted,
      long restoredCheckpointId,
      long lastDecidedCheckpointId,
      long cutCheckpointId,
      String restorePath) {}

  /**
   * A sink's record within its pipeline.
   *
   * @param ownerRun the run that claimed last
   * @param gatherer the newest incarnation of its gatherer, or null before it has claimed
   * @param fence the generation that the run belongs to
   * @param lastDecidedCheckpointId the newest checkpoint that COMMIT was recorded for by this sink
   *     in its generation, or null when there is none
   */
  public record Participant(
      String ownerRun, String gatherer, long fence, Long lastDecidedCheckpointId) {}

  /** What to do with a claim. */
  public sealed interface Admission {}

  /** The run belongs to the generation already; a gatherer becomes the newest one. */
  public record Continue() implements Admission {}

  /** The run joins the generation; the run that this sink had before is closed for good. */
  public record Join() implements Admission {}

  /**
   * The run begins a generation: all other runs of the pipeline are closed for good, and ABORT is
   * recorded for all undecided votes for checkpoints after the one it was restored from.
   *
   * @param pipeline the record to write
   */
  public record Begin(Pipeline pipeline) implements Admission {}

  /** The run must not go on, ever. */
  public record Refuse(String message) implements Admission {}

  /**
   * Why a call is not carried out.
   *
   * @param errorClass FENCED when the run must never go on, SYSTEM when a restart may
   * @param message why, and what to do
   */
  public record Refusal(ErrorClass errorClass, String message) {

    static Refusal fenced(String message, Object... values) {
      return new Refusal(ErrorClass.FENCED, message.formatted(values));
    }

    /** For the register to throw. */
    public StoreException exception() {
      return new StoreException(errorClass, message, null);
    }
  }

  /** In whose name a session votes and decides; the gatherer is null for a committer. */
  public record Member(SinkId sinkId, String runId, String gatherer) {}

  /**
   * @param known the pipeline's record, or null when nobody has claimed it
   * @param participant the sink's record, or null when it is new in the pipeline
   * @param runClosed whether the run was closed for good
   */
  public static Admission admit(
      Pipeline known, Participant participant, boolean runClosed, RegisterClaim claim) {
    if (known == null) {
      return new Begin(first(claim));
    }
    if (runClosed) {
      return new Refuse(RegisterRefusals.replaced(known, claim));
    }
    var refusal = known.closed() ? notTheCut(known, claim) : rewind(known, claim);
    if (refusal != null) {
      return new Refuse(refusal);
    }
    if (!known.closed() && belongs(known, participant, claim.runId())) {
      return new Continue();
    }
    var sameStart = known.restoredCheckpointId() == claim.restoredCheckpointId();
    return !known.closed() && !known.voted() && sameStart
        ? new Join()
        : new Begin(next(known, claim));
  }

  /**
   * What is decided about an epoch: the epoch itself, because its upserts and even its emptiness
   * belong to its checkpoint, and its prepared transactions.
   */
  public static List<String> decidedIds(Epoch epoch) {
    return Stream.concat(
            Stream.of(epoch.transactionId()),
            epoch.transactions().stream().map(PreparedTransaction::id))
        .toList();
  }

  /** Only the newest gatherer of a run of the current generation reports transactions. */
  public static Refusal refuseVote(
      Pipeline known, Participant participant, Member member, long checkpointId) {
    var doing = "report the transactions of checkpoint %d".formatted(checkpointId);
    var refusal = refuseOutsider(known, participant, member, doing);
    if (refusal != null || Objects.equals(participant.gatherer(), member.gatherer())) {
      return refusal;
    }
    return new Refusal(
        ErrorClass.SYSTEM,
        "Pipeline '%s': a newer attempt of sink '%s' has started, so this one may not %s. It ends; nothing was recorded."
            .formatted(known.name(), member.sinkId(), doing));
  }

  /**
   * @param aborted the epoch's transactions that ABORT was recorded for
   * @param abortedBeside transactions that other sinks reported for the same checkpoint, in the
   *     same generation as this epoch's, and that ABORT was recorded for
   */
  public static Refusal refuseCommit(
      Pipeline known,
      Participant participant,
      Member member,
      Epoch epoch,
      Collection<String> aborted,
      Collection<String> abortedBeside) {
    var refusal =
        refuseOutsider(
            known, participant, member, "commit the epoch of checkpoint " + epoch.checkpointId());
    if (refusal != null) {
      return refusal;
    }
    if (!aborted.isEmpty()) {
      return RegisterRefusals.gaveUp(known, epoch, aborted);
    }
    // A checkpoint that Flink never registered can still lie on disk and be restored by hand. With
    // later checkpoints other sinks may have given up their part of an earlier one that failed.
    return epoch.checkpointId() == known.restoredCheckpointId() && !abortedBeside.isEmpty()
        ? RegisterRefusals.gaveUp(known, epoch, abortedBeside)
        : null;
  }

  /**
   * Within a generation a sink's epochs follow one another, each the one that it was made after.
   * Without this, two attempts of one run could both have COMMIT recorded for what only one of them
   * may commit: a committer that is told late of the savepoint that its attempt stopped with, and
   * the attempt that went on without that savepoint.
   *
   * @param standing decisions about the epoch's ids; what is decided already is decided again
   */
  public static Refusal refuseOutOfOrder(
      Pipeline known, Participant participant, Epoch epoch, Map<String, Decision> standing) {
    var newest = participant.lastDecidedCheckpointId();
    return newest == null
            || newest == epoch.previousCheckpointId()
            || standing.get(epoch.transactionId()) == Decision.COMMIT
        ? null
        : RegisterRefusals.outOfOrder(known, epoch, newest);
  }

  /** A run of the current generation gives up what a completed checkpoint left behind. */
  public static Refusal refuseAbort(Pipeline known, Participant participant, Member member) {
    return refuseOutsider(known, participant, member, "give transactions up");
  }

  /**
   * @param standing decisions about the transactions that the request names
   * @param unnamed undecided transactions that were reported up to the cut and that it does not
   *     name
   * @param later transactions to commit that were reported for checkpoints after the cut
   */
  public static Refusal refuseClose(
      Pipeline known,
      CloseRequest request,
      Map<String, Decision> standing,
      Collection<String> unnamed,
      Collection<String> later) {
    if (known == null) {
      return Refusal.fenced(
          "Pipeline '%s' is unknown: no job has claimed it in this register, so nothing can be closed. Connect the register of that job.",
          request.pipeline());
    }
    var refusal = refuseCut(known, request);
    if (refusal != null) {
      return refusal;
    }
    var opposed = new TreeSet<String>();
    standing.forEach(
        (id, decision) -> {
          var wanted = request.commit().contains(id) ? Decision.COMMIT : Decision.ABORT;
          if (decision != wanted) {
            opposed.add(id);
          }
        });
    if (!opposed.isEmpty()) {
      return RegisterRefusals.changed(request, "the opposite is recorded for", opposed);
    }
    if (!later.isEmpty()) {
      return RegisterRefusals.changed(request, "later checkpoints hold", later);
    }
    return unnamed.isEmpty()
        ? null
        : RegisterRefusals.changed(request, "the request says nothing about", unnamed);
  }

  /** After closing, what turns up is given up; before, a job may still want it. */
  public static Refusal refuseResolversAbort(Pipeline known, String pipeline) {
    return known != null && known.closed()
        ? null
        : Refusal.fenced(
            "Pipeline '%s' is not closed: a job may still commit what is in doubt. Close it first.",
            pipeline);
  }

  /** The record after the current generation's first vote. */
  public static Pipeline voted(Pipeline known) {
    return new Pipeline(
        known.name(),
        known.fence(),
        known.closed(),
        true,
        known.restoredCheckpointId(),
        known.lastDecidedCheckpointId(),
        known.cutCheckpointId(),
        known.restorePath());
  }

  /** The record after an epoch was decided. */
  public static Pipeline decided(Pipeline known, Epoch epoch) {
    return epoch.checkpointId() < known.lastDecidedCheckpointId()
        ? known
        : new Pipeline(
            known.name(),
            known.fence(),
            known.closed(),
            known.voted(),
            known.restoredCheckpointId(),
            epoch.checkpointId(),
            known.cutCheckpointId(),
            epoch.restorePath());
  }

  /** The record after closing. The cut is decided, and no run belongs to the new generation. */
  public static Pipeline closed(Pipeline known, CloseRequest request) {
    return new Pipeline(
        known.name(),
        known.closed() ? known.fence() : known.fence() + 1,
        true,
        false,
        request.cutCheckpointId(),
        request.cutCheckpointId(),
        request.cutCheckpointId(),
        request.restorePath());
  }

  private static Pipeline first(RegisterClaim claim) {
    var restored = claim.restoredCheckpointId();
    return new Pipeline(claim.pipeline(), 1, false, false, restored, restored, 0, "");
  }

  private static Pipeline next(Pipeline known, RegisterClaim claim) {
    var restored = claim.restoredCheckpointId();
    return new Pipeline(
        known.name(),
        known.fence() + 1,
        false,
        false,
        restored,
        Math.min(known.lastDecidedCheckpointId(), restored),
        known.cutCheckpointId(),
        known.restorePath());
  }

  private static boolean belongs(Pipeline known, Participant participant, String runId) {
    return participant != null
        && participant.fence() == known.fence()
        && participant.ownerRun().equals(runId);
  }

  private static String rewind(Pipeline known, RegisterClaim claim) {
    return claim.restoredCheckpointId() >= known.lastDecidedCheckpointId() || accepted(claim)
        ? null
        : RegisterRefusals.rewind(known, claim);
  }

  /** Also accepting duplicates opens no checkpoint after the cut: what it holds was given up. */
  private static String notTheCut(Pipeline known, RegisterClaim claim) {
    var restored = claim.restoredCheckpointId();
    var cut = known.cutCheckpointId();
    return restored == cut || restored < cut && accepted(claim)
        ? null
        : RegisterRefusals.notTheCut(known, claim);
  }

  private static boolean accepted(RegisterClaim claim) {
    return claim.onRewind() == OnRewind.ACCEPT_DUPLICATES;
  }

  private static Refusal refuseOutsider(
      Pipeline known, Participant participant, Member member, String doing) {
    if (known == null || participant == null) {
      return Refusal.fenced(
          "The register does not know sink '%s', so it may not %s: the register was emptied while the job ran, or is another one. Start the job again.",
          member.sinkId(), doing);
    }
    if (known.closed()) {
      return Refusal.fenced(
          "Pipeline '%s' was closed at checkpoint %d, so sink '%s' may not %s. Restore a new job from %s.",
          known.name(),
          known.cutCheckpointId(),
          member.sinkId(),
          doing,
          RegisterRefusals.path(known, known.cutCheckpointId()));
    }
    return belongs(known, participant, member.runId())
        ? null
        : Refusal.fenced(
            "Pipeline '%s' was taken over from run %s of sink '%s', which may not %s. A newer job runs, or another job has the same pipeline name.",
            known.name(), member.runId(), member.sinkId(), doing);
  }

  private static Refusal refuseCut(Pipeline known, CloseRequest request) {
    var cut = request.cutCheckpointId();
    if (known.closed() && cut != known.cutCheckpointId()) {
      return Refusal.fenced(
          "Pipeline '%s' was closed at checkpoint %d already and cannot be closed at %d: act on the recorded decisions.",
          known.name(), known.cutCheckpointId(), cut);
    }
    return cut >= known.lastDecidedCheckpointId()
        ? null
        : Refusal.fenced(
            "Pipeline '%s' cannot be closed at checkpoint %d: COMMIT is recorded up to checkpoint %d (%s). Choose that one or a later one.",
            known.name(),
            cut,
            known.lastDecidedCheckpointId(),
            RegisterRefusals.path(known, known.lastDecidedCheckpointId()));
  }
}
