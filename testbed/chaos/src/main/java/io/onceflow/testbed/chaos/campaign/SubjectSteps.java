package io.onceflow.testbed.chaos.campaign;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.fault.CommitStep;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a subject's protocol that a campaign can hit.
 *
 * @param crashPoints the points that a job of the subject passes; none with a peer
 * @param commitSteps the messages that a job sends to the store to commit
 * @param hasSegments whether a job puts what it is to commit into files; a peer does not
 */
record SubjectSteps(List<String> crashPoints, List<CommitStep> commitSteps, boolean hasSegments) {

  private static final List<String> COMMON =
      List.of(
          CrashPoints.SEAL_BEFORE,
          CrashPoints.CLAIM_AFTER,
          CrashPoints.GATHER_BEFORE_EMIT,
          CrashPoints.SNAPSHOT_STATE,
          CrashPoints.RESTORE_BEFORE_COMMIT,
          CrashPoints.COMMIT_BEFORE_APPLY,
          CrashPoints.APPLY_MIDDLE,
          CrashPoints.APPLY_BEFORE_COMMIT,
          CrashPoints.COMMIT_AFTER_APPLY);

  private static final List<String> PREPARED =
      List.of(
          CrashPoints.WRITE_BEFORE_BEGIN,
          CrashPoints.WRITE_MIDDLE,
          CrashPoints.PREPARE_BEFORE,
          CrashPoints.PREPARE_AFTER,
          CrashPoints.COMMIT_BEFORE_DECIDE,
          CrashPoints.COMMIT_AFTER_DECIDE,
          CrashPoints.COMMIT_MIDDLE,
          CrashPoints.COMMIT_BEFORE_FINISH,
          CrashPoints.ORPHAN_BEFORE_DECIDE,
          CrashPoints.ORPHAN_BEFORE_ROLLBACK,
          CrashPoints.ORPHAN_AFTER_ROLLBACK);

  private static final List<String> REGISTER =
      List.of(CrashPoints.VOTE_BEFORE, CrashPoints.VOTE_AFTER, CrashPoints.COMMIT_AFTER_REGISTER);

  /**
   * The steps of a subject.
   *
   * @param subject {@code store-strategy}
   */
  static SubjectSteps of(String subject) {
    var store = subject.substring(0, subject.indexOf('-'));
    var strategy = subject.substring(subject.indexOf('-') + 1);
    return new SubjectSteps(
        crashPoints(strategy), commitSteps(store, strategy), !strategy.equals("peer"));
  }

  private static List<String> crashPoints(String strategy) {
    var points = new ArrayList<String>();
    if (!strategy.equals("peer")) {
      points.addAll(COMMON);
    }
    if (strategy.equals("prepared") || strategy.equals("three-phase")) {
      points.addAll(PREPARED);
    }
    if (strategy.equals("three-phase")) {
      points.addAll(REGISTER);
    }
    return points;
  }

  private static List<CommitStep> commitSteps(String store, String strategy) {
    boolean twoPhases = !strategy.equals("staged");
    return switch (store) {
      case "kafka" ->
          List.of(
              CommitStep.request("EndTxn"),
              CommitStep.request("InitProducerId"),
              CommitStep.request("Produce"));
      case "mariadb" ->
          twoPhases
              ? List.of(
                  CommitStep.statement("XA PREPARE"),
                  CommitStep.statement("XA COMMIT"),
                  CommitStep.statement("XA END"))
              : List.of(CommitStep.statement("COMMIT"));
      default ->
          twoPhases
              ? List.of(
                  CommitStep.statement("PREPARE TRANSACTION"),
                  CommitStep.statement("COMMIT PREPARED"),
                  CommitStep.statement("COMMIT"))
              : List.of(CommitStep.statement("COMMIT"));
    };
  }
}
