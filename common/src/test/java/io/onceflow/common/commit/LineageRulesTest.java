package io.onceflow.common.commit;

import static io.onceflow.common.commit.LineageRules.decide;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.LineageRules.Begin;
import io.onceflow.common.commit.LineageRules.Continue;
import io.onceflow.common.commit.LineageRules.Refuse;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LineageRulesTest {

  private static final String RUN = "run-b";
  private static final String OTHER_RUN = "run-a";

  @Test
  void aFirstStartBeginsAHistory() {
    assertThat(decide(null, false, fresh())).isEqualTo(new Begin(0));
  }

  @Test
  void aRestartBeforeTheFirstCheckpointContinuesIt() {
    assertThat(decide(sink("l1", RUN, 0), true, fresh())).isEqualTo(new Continue());
  }

  @Test
  void aRestartFromTheNewestCheckpointContinues() {
    assertThat(decide(sink("l1", RUN, 7), true, restored("l1", 7))).isEqualTo(new Continue());
  }

  @Test
  void aRestartFromACheckpointThatIsNotCommittedYetContinues() {
    assertThat(decide(sink("l1", RUN, 6), true, restored("l1", 7))).isEqualTo(new Continue());
  }

  @Test
  void aNewRunFromTheNewestCheckpointTakesOver() {
    assertThat(decide(sink("l1", OTHER_RUN, 7), false, restored("l1", 7)))
        .isEqualTo(new Continue());
  }

  @Test
  void aRunThatWasReplacedNeverComesBack() {
    assertThat(decide(sink("l1", OTHER_RUN, 7), true, restored("l1", 7)))
        .isInstanceOfSatisfying(
            Refuse.class, refuse -> assertThat(refuse.message()).contains("taken over"));
  }

  @Test
  void aRewindIsRefusedWithTheRightPath() {
    assertThat(decide(sink("l1", OTHER_RUN, 7), false, restored("l1", 5)))
        .isInstanceOfSatisfying(
            Refuse.class,
            refuse ->
                assertThat(refuse.message())
                    .contains("checkpoint 5", "checkpoint 7", "/chk-7", "accept-duplicates"));
  }

  @Test
  void aRewindWithinTheSameRunIsRefusedToo() {
    assertThat(decide(sink("l1", RUN, 7), true, restored("l1", 5))).isInstanceOf(Refuse.class);
    assertThat(decide(sink("l1", RUN, 7), true, fresh())).isInstanceOf(Refuse.class);
  }

  @Test
  void aFreshStartOverAHistoryIsRefused() {
    assertThat(decide(sink("l1", OTHER_RUN, 7), false, fresh())).isInstanceOf(Refuse.class);
  }

  @Test
  void aFreshStartOverARunThatCommittedNothingKeepsItsLineage() {
    assertThat(decide(sink("l1", OTHER_RUN, 0), false, fresh())).isEqualTo(new Continue());
  }

  @Test
  void aCheckpointIsRestoredAlsoWhenAFreshStartHasClaimedSinceAndCommittedNothing() {
    assertThat(decide(sink("l1", OTHER_RUN, 0), false, restored("l1", 1)))
        .isEqualTo(new Continue());
  }

  @Test
  void aForkOfAnotherHistoryIsRefusedWhateverItsCheckpointNumber() {
    assertThat(decide(sink("l1", OTHER_RUN, 7), false, restored("l0", 99)))
        .isInstanceOf(Refuse.class);
  }

  @Test
  void aStoreWithoutRecordOfARestoredSinkIsRefused() {
    assertThat(decide(null, false, restored("l1", 7)))
        .isInstanceOfSatisfying(
            Refuse.class, refuse -> assertThat(refuse.message()).contains("another database"));
  }

  @Test
  void aSinkThatIsNewInARestoredJobBegins() {
    assertThat(decide(null, false, restored(null, 7))).isEqualTo(new Begin(0));
    assertThat(decide(sink("l1", RUN, 0), true, restored(null, 7))).isEqualTo(new Continue());
  }

  @Test
  void acceptedDuplicatesBeginALineageAtTheRestoredCheckpoint() {
    assertThat(decide(sink("l1", OTHER_RUN, 7), false, accepting("l1", 5))).isEqualTo(new Begin(5));
    assertThat(decide(sink("l1", OTHER_RUN, 7), false, accepting(null, 0))).isEqualTo(new Begin(0));
    assertThat(decide(null, false, accepting("l1", 5))).isEqualTo(new Begin(5));
  }

  @Test
  void everyOtherTaskOfThatStartAndItsRestartsContinueTheNewLineage() {
    var forked = new SinkRecord("l2", RUN, 5, "l1", 5, null);
    assertThat(decide(forked, true, accepting("l1", 5))).isEqualTo(new Continue());
    assertThat(decide(forked, true, accepting("l2", 6))).isEqualTo(new Continue());
    var forkedFromNothing = new SinkRecord("l2", RUN, 0, "l1", 0, null);
    assertThat(decide(forkedFromNothing, true, accepting(null, 0))).isEqualTo(new Continue());
  }

  @Test
  void aLineageThatWasLeftIsNotContinuedByAnotherRun() {
    var forked = new SinkRecord("l2", OTHER_RUN, 5, "l1", 5, null);
    assertThat(decide(forked, false, restored("l1", 7))).isInstanceOf(Refuse.class);
    assertThat(decide(forked, false, fresh())).isInstanceOf(Refuse.class);
  }

  @Test
  void anEpochIsCommittedRightAfterTheOneBeforeIt() {
    assertThat(refusal(sink("l1", RUN, 6), epoch("l1", 7, 6))).isNull();
    assertThat(refusal(sink("l1", RUN, 0), epoch("l1", 1, 0))).isNull();
    // Checkpoints 7 and 8 failed before their barrier reached the gatherer.
    assertThat(refusal(sink("l1", RUN, 6), epoch("l1", 9, 6))).isNull();
  }

  @Test
  void anAttemptThatWasReplacedInItsRunCommitsNothingMore() {
    // Both restarted from 6; one has committed 8 by now, or the stale one 7 before that.
    assertThat(refusal(sink("l1", RUN, 8), epoch("l1", 7, 6))).contains("after later ones");
    assertThat(refusal(sink("l1", RUN, 7), epoch("l1", 8, 6))).contains("from a fork");
  }

  @Test
  void aStoreThatWasSetBackIsNoticed() {
    assertThat(refusal(sink("l1", RUN, 4), epoch("l1", 8, 7))).contains("the store was set back");
  }

  @Test
  void anEpochOfTheParentIsCommittedUpToWhereItWasLeft() {
    var forked = new SinkRecord("l2", RUN, 5, "l1", 5, null);
    assertThat(refusal(forked, epoch("l1", 5, 4))).isNull();
    assertThat(refusal(forked, epoch("l1", 6, 5))).isNotNull();
    assertThat(refusal(forked, epoch("l2", 6, 5))).isNull();
  }

  @Test
  void aReplacedRunCommitsNothing() {
    assertThat(refusal(sink("l1", OTHER_RUN, 6), epoch("l1", 7, 6))).contains("taken over");
    assertThat(refusal(null, epoch("l1", 7, 6))).contains("taken over");
  }

  private static String refusal(SinkRecord known, Epoch epoch) {
    return LineageRules.refuseCommit(known, RUN, epoch, 0);
  }

  private static Epoch epoch(String lineage, long checkpointId, long previousCheckpointId) {
    return new Epoch(
        new SinkId("sink"),
        lineage,
        checkpointId,
        previousCheckpointId,
        CommitScope.SINK,
        0,
        "of.sink.x.0.1",
        0,
        0,
        "",
        List.of(),
        List.of(),
        List.of());
  }

  private static SinkRecord sink(String lineage, String owner, long last) {
    return new SinkRecord(lineage, owner, last, null, 0, last == 0 ? null : "/chk-" + last);
  }

  private static OpenRequest fresh() {
    return new OpenRequest(new SinkId("sink"), RUN, null, OptionalLong.empty(), OnRewind.FAIL);
  }

  private static OpenRequest restored(String lineage, long checkpointId) {
    return new OpenRequest(
        new SinkId("sink"), RUN, lineage, OptionalLong.of(checkpointId), OnRewind.FAIL);
  }

  private static OpenRequest accepting(String lineage, long checkpointId) {
    return new OpenRequest(
        new SinkId("sink"),
        RUN,
        lineage,
        checkpointId == 0 ? OptionalLong.empty() : OptionalLong.of(checkpointId),
        OnRewind.ACCEPT_DUPLICATES);
  }
}
