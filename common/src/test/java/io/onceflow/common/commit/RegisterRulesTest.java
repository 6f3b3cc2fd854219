package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.RegisterRules.Admission;
import io.onceflow.common.commit.RegisterRules.Begin;
import io.onceflow.common.commit.RegisterRules.Continue;
import io.onceflow.common.commit.RegisterRules.Join;
import io.onceflow.common.commit.RegisterRules.Member;
import io.onceflow.common.commit.RegisterRules.Participant;
import io.onceflow.common.commit.RegisterRules.Pipeline;
import io.onceflow.common.commit.RegisterRules.Refusal;
import io.onceflow.common.commit.RegisterRules.Refuse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The rules and the test that fails without each.
 *
 * <pre>
 * open
 *  1 nobody has claimed: begin                     aFirstClaimBeginsAPipeline
 *  2 a closed run never comes back                 aRunThatWasReplacedNeverComesBack
 *  3 not before the last decided checkpoint        aStartBeforeTheLastDecidedCheckpointIsRefused
 *  4 unless duplicates are accepted                acceptedDuplicatesSetTheDecisionsBack
 *  5 a closed pipeline opens at its cut only       aClosedPipelineOpensAtItsCutOnly
 *  6 a known run continues                         aRestartOfARunContinues
 *  7 sinks of one job join in any order            theSinksOfOneJobJoinInAnyOrder
 *  8 also after a job that died while it claimed   aJobThatDiedWhileItClaimedIsInNobodysWay
 *  9 not after a vote                              aNewRunAfterAVoteBeginsAGeneration
 * 10 not from another checkpoint                   aNewRunFromAnotherCheckpointBeginsAGeneration
 * vote, decide, give up
 * 11 only the current generation                   aRunOfAnOlderGenerationDoesNothing
 * 12 only the newest gatherer of a run votes       onlyTheNewestGathererVotes
 * 13 nothing while closed                          nobodyActsOnAClosedPipeline
 * 14 ABORT stands                                  anEpochWithAnAbortedTransactionIsNotCommitted
 * 15 also another sink's of the same checkpoint    aCheckpointThatWasGivenUpInPartIsNotRestored
 * 16 the newest decided checkpoint is kept         theNewestDecidedCheckpointIsRemembered
 * 17 a sink's epochs follow one another           anEpochFollowsTheOneThatItWasMadeAfter
 * close
 * 18 not before the last decided checkpoint        aCutBeforeTheLastDecidedCheckpointIsRefused
 * 19 once                                          aPipelineIsClosedAtOneCut
 * 20 decisions stand                               aVerdictAgainstADecisionIsRefused
 * 21 everything up to the cut is named             whatIsUndecidedUpToTheCutMustBeNamed
 * 22 nothing after the cut is committed            whatIsAfterTheCutIsNotCommitted
 * 23 closing fences                                closingBeginsAGenerationOfNobody
 * 24 a resolver gives up only what is closed       aResolverGivesUpOnlyWhenThePipelineIsClosed
 * </pre>
 */
class RegisterRulesTest {

  private static final SinkId ORDERS = new SinkId("orders");
  private static final SinkId AUDIT = new SinkId("audit");

  @Test
  void aFirstClaimBeginsAPipeline() {
    assertThat(RegisterRules.admit(null, null, false, claim("run-1", 0)))
        .isEqualTo(new Begin(new Pipeline("p", 1, false, false, 0, 0, 0, "")));
    assertThat(RegisterRules.admit(null, null, false, claim("run-1", 7)))
        .isEqualTo(new Begin(new Pipeline("p", 1, false, false, 7, 7, 0, "")));
  }

  @Test
  void aRunThatWasReplacedNeverComesBack() {
    var admission =
        RegisterRules.admit(pipeline(2, true, 7, 8), owner("run-2", 2), true, claim("run-1", 8));
    assertThat(refusal(admission)).contains("run-1", "never comes back");
  }

  @Test
  void aStartBeforeTheLastDecidedCheckpointIsRefused() {
    var known = pipeline(1, true, 0, 8);
    assertThat(refusal(RegisterRules.admit(known, owner("run-1", 1), false, claim("run-2", 7))))
        .contains("checkpoint 7", "up to checkpoint 8", "/chk-8", "accept-duplicates");
    assertThat(refusal(RegisterRules.admit(known, owner("run-1", 1), false, claim("run-1", 7))))
        .contains("write");
    assertThat(refusal(RegisterRules.admit(known, null, false, claim("run-3", 0)))).isNotNull();
  }

  @Test
  void acceptedDuplicatesSetTheDecisionsBack() {
    var admission =
        RegisterRules.admit(
            pipeline(1, true, 0, 8), owner("run-1", 1), false, accepting("run-2", 5));
    assertThat(((Begin) admission).pipeline().lastDecidedCheckpointId()).isEqualTo(5);
  }

  @Test
  void aClosedPipelineOpensAtItsCutOnly() {
    var known = closedAt(8);
    var owner = owner("run-1", 1);
    assertThat(refusal(RegisterRules.admit(known, owner, false, claim("run-2", 7)))).isNotNull();
    assertThat(refusal(RegisterRules.admit(known, owner, false, claim("run-2", 9))))
        .contains("was closed at checkpoint 8", "starts from checkpoint 9", "/chk-8");
    assertThat(refusal(RegisterRules.admit(known, owner, false, accepting("run-2", 9))))
        .isNotNull();
    var reopened = (Begin) RegisterRules.admit(known, owner, false, claim("run-2", 8));
    assertThat(reopened.pipeline().closed()).isFalse();
    assertThat(reopened.pipeline().fence()).isEqualTo(known.fence() + 1);
    assertThat(RegisterRules.admit(known, owner, false, accepting("run-2", 7)))
        .isInstanceOf(Begin.class);
  }

  @Test
  void aRestartOfARunContinues() {
    var known = pipeline(3, true, 5, 8);
    assertThat(RegisterRules.admit(known, owner("run-1", 3), false, claim("run-1", 8)))
        .isEqualTo(new Continue());
    assertThat(RegisterRules.admit(known, owner("run-1", 3), false, claim("run-1", 9)))
        .isEqualTo(new Continue());
  }

  @Test
  void theSinksOfOneJobJoinInAnyOrder() {
    var begun = ((Begin) admitNew(pipeline(1, true, 0, 8), "run-a", 8)).pipeline();
    assertThat(begun.fence()).isEqualTo(2);
    assertThat(begun.voted()).isFalse();
    assertThat(RegisterRules.admit(begun, owner("old-run", 1), false, claim("run-b", 8)))
        .isEqualTo(new Join());
    assertThat(RegisterRules.admit(begun, null, false, claim("run-c", 8))).isEqualTo(new Join());
  }

  @Test
  void aJobThatDiedWhileItClaimedIsInNobodysWay() {
    // Its first sink owns the generation; the next job's second sink came first and has joined.
    var known = pipeline(2, false, 8, 8);
    assertThat(RegisterRules.admit(known, owner("dead-run", 2), false, claim("run-a", 8)))
        .isEqualTo(new Join());
  }

  @Test
  void aNewRunAfterAVoteBeginsAGeneration() {
    var begun = (Begin) admitNew(pipeline(2, true, 8, 9), "run-2", 9);
    assertThat(begun.pipeline()).isEqualTo(pipeline(3, false, 9, 9));
  }

  @Test
  void aNewRunFromAnotherCheckpointBeginsAGeneration() {
    assertThat(admitNew(pipeline(2, false, 8, 8), "run-2", 9))
        .isEqualTo(new Begin(pipeline(3, false, 9, 8)));
  }

  @Test
  void aRunOfAnOlderGenerationDoesNothing() {
    var known = pipeline(3, true, 8, 8);
    for (var participant : new Participant[] {owner("run-1", 2), owner("run-2", 3)}) {
      assertThat(RegisterRules.refuseVote(known, participant, member("run-1"), 9).errorClass())
          .isEqualTo(ErrorClass.FENCED);
      assertThat(refuseCommit(known, participant, 9, Set.of(), Set.of()).message())
          .contains("taken over");
      assertThat(RegisterRules.refuseAbort(known, participant, member("run-1"))).isNotNull();
    }
    assertThat(RegisterRules.refuseVote(null, null, member("run-1"), 9).message())
        .contains("does not know sink");
    var current = owner("run-1", 3);
    assertThat(RegisterRules.refuseVote(known, current, member("run-1"), 9)).isNull();
    assertThat(refuseCommit(known, current, 9, Set.of(), Set.of())).isNull();
    assertThat(RegisterRules.refuseAbort(known, current, member("run-1"))).isNull();
  }

  @Test
  void onlyTheNewestGathererVotes() {
    var known = pipeline(3, true, 8, 8);
    var replaced = new Member(ORDERS, "run-1", "gatherer-0");
    var vote = RegisterRules.refuseVote(known, owner("run-1", 3), replaced, 9);
    assertThat(vote.message()).contains("a newer attempt");
    assertThat(vote.errorClass()).describedAs("a restart may help").isEqualTo(ErrorClass.SYSTEM);
  }

  @Test
  void nobodyActsOnAClosedPipeline() {
    var known = closedAt(8);
    var participant = owner("run-1", known.fence());
    assertThat(RegisterRules.refuseVote(known, participant, member("run-1"), 9)).isNotNull();
    assertThat(refuseCommit(known, participant, 8, Set.of(), Set.of()).message())
        .contains("was closed at checkpoint 8", "/chk-8");
    assertThat(RegisterRules.refuseAbort(known, participant, member("run-1"))).isNotNull();
  }

  @Test
  void anEpochWithAnAbortedTransactionIsNotCommitted() {
    assertThat(
            refuseCommit(pipeline(1, true, 0, 8), owner("run-1", 1), 9, Set.of("t"), Set.of())
                .message())
        .contains("ABORT is recorded for [t]", "/chk-8");
  }

  @Test
  void aCheckpointThatWasGivenUpInPartIsNotRestored() {
    var restoredFrom9 = pipeline(2, false, 9, 8);
    assertThat(refuseCommit(restoredFrom9, owner("run-1", 2), 9, Set.of(), Set.of("other")))
        .isNotNull();
    // Checkpoint 9 failed, one region replayed its part, and 10 contains the other region's 9.
    var restoredFrom10 = pipeline(2, false, 10, 8);
    assertThat(refuseCommit(restoredFrom10, owner("run-1", 2), 9, Set.of(), Set.of("other")))
        .isNull();
  }

  @Test
  void anEpochFollowsTheOneThatItWasMadeAfter() {
    var known = pipeline(1, true, 0, 8);
    assertThat(outOfOrder(known, 8L, 9, Map.of())).isNull();
    assertThat(outOfOrder(known, null, 9, Map.of())).as("first of its generation").isNull();
    for (var newest : new long[] {7, 9, 10}) {
      assertThat(outOfOrder(known, newest, 9, Map.of()).message())
          .contains("checkpoint 9", "made after checkpoint 8", "up to checkpoint " + newest)
          .contains("/chk-8");
      assertThat(outOfOrder(known, newest, 9, Map.of(epoch(9).transactionId(), Decision.COMMIT)))
          .as("decided already")
          .isNull();
    }
  }

  private static Refusal outOfOrder(
      Pipeline known, Long newest, long checkpointId, Map<String, Decision> standing) {
    var participant = new Participant("run-1", "gatherer-1", 1, newest);
    return RegisterRules.refuseOutOfOrder(known, participant, epoch(checkpointId), standing);
  }

  @Test
  void theNewestDecidedCheckpointIsRemembered() {
    var known = pipeline(1, true, 0, 8);
    assertThat(RegisterRules.decided(known, epoch(9)).lastDecidedCheckpointId()).isEqualTo(9);
    assertThat(RegisterRules.decided(known, epoch(9)).restorePath()).isEqualTo("/chk-9");
    assertThat(RegisterRules.decided(known, epoch(7))).isEqualTo(known);
  }

  @Test
  void aCutBeforeTheLastDecidedCheckpointIsRefused() {
    assertThat(refuseClose(pipeline(1, true, 0, 8), close(7)).message())
        .contains("closed at checkpoint 7", "up to checkpoint 8");
    assertThat(refuseClose(pipeline(1, true, 0, 8), close(8))).isNull();
    assertThat(refuseClose(pipeline(1, true, 0, 8), close(9))).isNull();
    assertThat(refuseClose(null, close(9)).message()).contains("no job has claimed it");
  }

  @Test
  void aPipelineIsClosedAtOneCut() {
    assertThat(refuseClose(closedAt(8), close(9)).message()).contains("closed at checkpoint 8");
    assertThat(refuseClose(closedAt(8), close(8))).isNull();
  }

  @Test
  void aVerdictAgainstADecisionIsRefused() {
    var known = pipeline(1, true, 0, 8);
    var request = new CloseRequest("p", 8, "/chk-8", Set.of("c"), Set.of("a"));
    assertThat(refuse(known, request, Map.of("c", Decision.ABORT)).message()).contains("[c]");
    assertThat(refuse(known, request, Map.of("a", Decision.COMMIT)).message()).contains("[a]");
    assertThat(refuse(known, request, Map.of("c", Decision.COMMIT, "a", Decision.ABORT))).isNull();
  }

  @Test
  void whatIsUndecidedUpToTheCutMustBeNamed() {
    var known = pipeline(1, true, 0, 8);
    assertThat(
            RegisterRules.refuseClose(known, close(8), Map.of(), List.of("t"), List.of()).message())
        .contains("says nothing about [t]");
  }

  @Test
  void whatIsAfterTheCutIsNotCommitted() {
    var known = pipeline(1, true, 0, 8);
    assertThat(
            RegisterRules.refuseClose(known, close(8), Map.of(), List.of(), List.of("t")).message())
        .contains("later checkpoints hold [t]");
  }

  @Test
  void closingBeginsAGenerationOfNobody() {
    var closed = RegisterRules.closed(pipeline(1, true, 0, 8), close(9));
    assertThat(closed).isEqualTo(new Pipeline("p", 2, true, false, 9, 9, 9, "/chk-9"));
    assertThat(RegisterRules.closed(closed, close(9))).isEqualTo(closed);
  }

  @Test
  void aResolverGivesUpOnlyWhenThePipelineIsClosed() {
    assertThat(RegisterRules.refuseResolversAbort(closedAt(8), "p")).isNull();
    assertThat(RegisterRules.refuseResolversAbort(pipeline(1, true, 0, 8), "p")).isNotNull();
    assertThat(RegisterRules.refuseResolversAbort(null, "p")).isNotNull();
  }

  private static Pipeline pipeline(long fence, boolean voted, long restored, long lastDecided) {
    return new Pipeline("p", fence, false, voted, restored, lastDecided, 0, "/chk-" + lastDecided);
  }

  private static Pipeline closedAt(long cut) {
    return new Pipeline("p", 2, true, false, cut, cut, cut, "/chk-" + cut);
  }

  private static Participant owner(String run, long fence) {
    return new Participant(run, "gatherer-1", fence, null);
  }

  private static Member member(String run) {
    return new Member(ORDERS, run, "gatherer-1");
  }

  private static RegisterClaim claim(String run, long restored) {
    return new RegisterClaim("p", ORDERS, run, "gatherer-1", restored, OnRewind.FAIL);
  }

  private static RegisterClaim accepting(String run, long restored) {
    return new RegisterClaim("p", ORDERS, run, "gatherer-1", restored, OnRewind.ACCEPT_DUPLICATES);
  }

  private static Admission admitNew(Pipeline known, String run, long restored) {
    return RegisterRules.admit(known, owner("old-run", known.fence()), false, claim(run, restored));
  }

  private static CloseRequest close(long cut) {
    return new CloseRequest("p", cut, "/chk-" + cut, Set.of(), Set.of());
  }

  private static Refusal refuseClose(Pipeline known, CloseRequest request) {
    return refuse(known, request, Map.of());
  }

  private static Refusal refuse(
      Pipeline known, CloseRequest request, Map<String, Decision> standing) {
    return RegisterRules.refuseClose(known, request, standing, List.of(), List.of());
  }

  private static Refusal refuseCommit(
      Pipeline known,
      Participant participant,
      long checkpointId,
      Set<String> aborted,
      Set<String> beside) {
    return RegisterRules.refuseCommit(
        known,
        participant,
        new Member(ORDERS, "run-1", null),
        epoch(checkpointId),
        aborted,
        beside);
  }

  private static String refusal(Admission admission) {
    return ((Refuse) admission).message();
  }

  private static Epoch epoch(long checkpointId) {
    return new Epoch(
        AUDIT,
        "l1",
        checkpointId,
        checkpointId - 1,
        CommitScope.SINK,
        0,
        "of.audit.x.0.1",
        0,
        0,
        "/chk-" + checkpointId,
        List.of(),
        List.of(),
        List.of());
  }
}
