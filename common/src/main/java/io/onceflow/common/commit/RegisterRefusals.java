package io.onceflow.common.commit;

import io.onceflow.common.commit.RegisterRules.Pipeline;
import io.onceflow.common.commit.RegisterRules.Refusal;
import java.util.Collection;
import java.util.TreeSet;

/** What {@link RegisterRules} says when it refuses: why, and what to do. */
final class RegisterRefusals {

  private RegisterRefusals() {}

  static String replaced(Pipeline known, RegisterClaim claim) {
    return ("Pipeline '%s': run %s of sink '%s' was replaced by a newer job, or closed by a resolver, and never comes back. This run"
            + " ends; a new submission starts from %s.")
        .formatted(
            known.name(),
            claim.runId(),
            claim.sinkId(),
            path(known, known.lastDecidedCheckpointId()));
  }

  static String rewind(Pipeline known, RegisterClaim claim) {
    return ("Pipeline '%s': sink '%s' starts from checkpoint %d, but COMMIT is recorded up to checkpoint %d. Starting here would write"
            + " the epochs between again. Restore from %s, or set on-rewind: accept-duplicates.")
        .formatted(
            known.name(),
            claim.sinkId(),
            claim.restoredCheckpointId(),
            known.lastDecidedCheckpointId(),
            path(known, known.lastDecidedCheckpointId()));
  }

  static String notTheCut(Pipeline known, RegisterClaim claim) {
    var cut = known.cutCheckpointId();
    return ("Pipeline '%s' was closed at checkpoint %d, and sink '%s' starts from checkpoint %d. What came after the cut was rolled back"
            + " and is read again only from there: restore from %s.")
        .formatted(
            known.name(), cut, claim.sinkId(), claim.restoredCheckpointId(), path(known, cut));
  }

  static Refusal gaveUp(Pipeline known, Epoch epoch, Collection<String> aborted) {
    return Refusal.fenced(
        "Pipeline '%s': sink '%s' may not commit the epoch of checkpoint %d, because ABORT is recorded for %s. That checkpoint was given up"
            + " when a job started from an older one, or by a resolver; restore from %s.",
        known.name(),
        epoch.sinkId(),
        epoch.checkpointId(),
        new TreeSet<>(aborted),
        path(known, known.lastDecidedCheckpointId()));
  }

  static Refusal outOfOrder(Pipeline known, Epoch epoch, long newest) {
    return Refusal.fenced(
        "Pipeline '%s': sink '%s' may not commit the epoch of checkpoint %d, because it was made after checkpoint %d and COMMIT is recorded"
            + " up to checkpoint %d. Another attempt of this run went on meanwhile; restore from %s.",
        known.name(),
        epoch.sinkId(),
        epoch.checkpointId(),
        epoch.previousCheckpointId(),
        newest,
        path(known, known.lastDecidedCheckpointId()));
  }

  static Refusal changed(CloseRequest request, String what, Collection<String> ids) {
    return Refusal.fenced(
        "Pipeline '%s' cannot be closed at checkpoint %d: %s %s. Look again and ask for what the register holds now; nothing was changed.",
        request.pipeline(), request.cutCheckpointId(), what, new TreeSet<>(ids));
  }

  static String path(Pipeline known, long checkpointId) {
    return known.restorePath() == null || known.restorePath().isEmpty()
        ? "the checkpoint or savepoint number %d".formatted(checkpointId)
        : "%s (checkpoint %d)".formatted(known.restorePath(), checkpointId);
  }
}
