package io.onceflow.common.commit;

/**
 * Decides whether a start continues the history that the store holds. Pure: every store calls it
 * inside the transaction that locks the sink's record.
 *
 * <p>The rules, argued in {@code docs/algorithms.md}: a run that was replaced never comes back; a
 * start from checkpoint c continues a lineage only when the store holds nothing newer than c of
 * that very lineage; everything else is a rewind or a fork, and is refused unless the user accepts
 * duplicates. No clock and no checkpoint id of another lineage is ever compared.
 */
public final class LineageRules {

  private LineageRules() {}

  /**
   * What the store knows of a sink.
   *
   * @param lineage the current history
   * @param ownerRun the run that may commit
   * @param lastCheckpointId checkpoint of the newest committed epoch of this lineage, 0 for none
   * @param parentLineage the lineage this one left, or null
   * @param parentCheckpointId the checkpoint at which it left, 0 for a fresh start
   * @param lastRestorePath where the newest committed epoch's checkpoint is found, or null
   */
  public record SinkRecord(
      String lineage,
      String ownerRun,
      long lastCheckpointId,
      String parentLineage,
      long parentCheckpointId,
      String lastRestorePath) {

    /** Whether anything was ever committed under this sink id. */
    public boolean hasHistory() {
      return lastCheckpointId > 0 || parentLineage != null;
    }

    /** The record as it is once that epoch is committed. */
    SinkRecord at(long checkpointId, String restorePath) {
      return checkpointId <= lastCheckpointId
          ? this
          : new SinkRecord(
              lineage, ownerRun, checkpointId, parentLineage, parentCheckpointId, restorePath);
    }
  }

  /** What to do with the sink's record. */
  public sealed interface Decision {}

  /** The run owns the sink already, or takes it over from a run that is fenced by this. */
  public record Continue() implements Decision {}

  /** A new history starts; checkpoint ids up to the given one belong to its past. */
  public record Begin(long lastCheckpointId) implements Decision {}

  /**
   * The run must not go on.
   *
   * @param message why, and what to do
   */
  public record Refuse(String message) implements Decision {}

  /**
   * @param known the sink's record, or null when the store has never heard of it
   * @param runSeenBefore whether this run has claimed the sink before
   */
  public static Decision decide(SinkRecord known, boolean runSeenBefore, OpenRequest request) {
    var restoredId = request.restoredCheckpointId().orElse(0);
    if (known == null) {
      return request.lineage() == null
          ? new Begin(0)
          : orBegin(request, restoredId, unknownSink(request, restoredId));
    }
    var owns = known.ownerRun().equals(request.runId());
    if (!owns && runSeenBefore) {
      return new Refuse(replaced(known, request));
    }
    if (known.lineage().equals(request.lineage())) {
      return restoredId >= known.lastCheckpointId()
          ? new Continue()
          : orBegin(request, restoredId, rewind(known, request, restoredId));
    }
    if (owns && leftHere(known, request, restoredId)) {
      return new Continue();
    }
    // The name stays: a checkpoint of a run that has committed nothing may still be restored, and
    // whichever of the two commits first is the one that the other's epochs do not follow.
    if (!known.hasHistory() && request.lineage() == null) {
      return new Continue();
    }
    return orBegin(request, restoredId, fork(known, request, restoredId));
  }

  /**
   * Decides, while the sink's record is locked, whether an epoch may be committed now. An epoch
   * follows the one before it and no other: that refuses an attempt that was replaced within its
   * own run, a fork that shares checkpoint numbers, and a store that was set back to an older
   * backup.
   *
   * @param known the sink's record, or null
   * @param newestOfSubtask for scope SUBTASK, the newest checkpoint that this subtask has committed
   *     in this lineage
   * @return why not, or null when it may
   */
  public static String refuseCommit(
      SinkRecord known, String runId, Epoch epoch, long newestOfSubtask) {
    if (known == null || !known.ownerRun().equals(runId)) {
      return "Sink '%s' was taken over by run %s; run %s may not commit the epoch of checkpoint %d, and nothing of it was committed."
          .formatted(
              epoch.sinkId(), known == null ? "?" : known.ownerRun(), runId, epoch.checkpointId());
    }
    var ofParent =
        epoch.lineage().equals(known.parentLineage())
            && epoch.checkpointId() <= known.parentCheckpointId();
    var perSubtask = epoch.scope() == CommitScope.SUBTASK;
    var newest = perSubtask ? newestOfSubtask : known.lastCheckpointId();
    var follows =
        perSubtask
            ? newest <= epoch.previousCheckpointId()
            : newest == epoch.previousCheckpointId();
    var inOrder = follows && epoch.checkpointId() > newest;
    if (ofParent || epoch.lineage().equals(known.lineage()) && inOrder) {
      return null;
    }
    return ("Sink '%s': the epoch of checkpoint %d of lineage %s follows checkpoint %d, but the store is at checkpoint %d of lineage %s."
            + " Its marker was lost or pruned, the store was set back, or the job was restored from a fork; it must not be written"
            + " after later ones. Restore from %s.")
        .formatted(
            epoch.sinkId(),
            epoch.checkpointId(),
            epoch.lineage(),
            epoch.previousCheckpointId(),
            newest,
            known.lineage(),
            rightPath(known));
  }

  /** A restart of a run whose lineage began at the very point that it starts from again. */
  private static boolean leftHere(SinkRecord known, OpenRequest request, long restoredId) {
    var noCommitSince = known.lastCheckpointId() <= restoredId;
    return noCommitSince
        && (request.lineage() == null
            ? known.parentCheckpointId() == restoredId || known.parentLineage() == null
            : request.lineage().equals(known.parentLineage())
                && known.parentCheckpointId() == restoredId);
  }

  private static Decision orBegin(OpenRequest request, long restoredId, String refusal) {
    return request.onRewind() == OnRewind.ACCEPT_DUPLICATES
        ? new Begin(restoredId)
        : new Refuse(refusal);
  }

  private static String replaced(SinkRecord known, OpenRequest request) {
    return "Sink '%s' was taken over from run %s by run %s, which is the only one that may commit. This run ends."
        .formatted(request.sinkId(), request.runId(), known.ownerRun());
  }

  private static String unknownSink(OpenRequest request, long restoredId) {
    return ("Sink '%s' was restored from checkpoint %d, but the store has no record of it: it is another database, or its"
            + " onceflow tables were emptied. Connect the store that this job wrote to, or set on-rewind: accept-duplicates"
            + " to begin a new history here.")
        .formatted(request.sinkId(), restoredId);
  }

  private static String rewind(SinkRecord known, OpenRequest request, long restoredId) {
    return ("Sink '%s' was restored from checkpoint %d, but the store already holds epochs up to checkpoint %d. Starting here"
            + " would write the epochs between again. Restore from %s, or set on-rewind: accept-duplicates.")
        .formatted(request.sinkId(), restoredId, known.lastCheckpointId(), rightPath(known));
  }

  private static String fork(SinkRecord known, OpenRequest request, long restoredId) {
    var from =
        request.lineage() == null
            ? "without state of this sink"
            : "from checkpoint %d of another history".formatted(restoredId);
    return ("Sink '%s' starts %s, but the store holds its epochs up to checkpoint %d. To continue, restore from %s; to begin"
            + " anew, choose a new sink id, a new uid and empty tables; to write again what is replayed, set on-rewind: accept-duplicates.")
        .formatted(request.sinkId(), from, known.lastCheckpointId(), rightPath(known));
  }

  private static String rightPath(SinkRecord known) {
    return known.lastRestorePath() == null || known.lastRestorePath().isEmpty()
        ? "the checkpoint or savepoint number %d".formatted(known.lastCheckpointId())
        : "%s (or the savepoint that was taken as number %d)"
            .formatted(known.lastRestorePath(), known.lastCheckpointId());
  }
}
