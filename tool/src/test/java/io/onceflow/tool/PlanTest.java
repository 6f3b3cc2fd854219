package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static io.onceflow.tool.TestEpochs.id;
import static io.onceflow.tool.TestEpochs.staged;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.tool.Plan.Verb;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanTest {

  private static SinkInfo sink(long lastCheckpointId) {
    return new SinkInfo(
        ToolDatabase.SINK,
        ToolDatabase.LINEAGE,
        ToolDatabase.RUN,
        Instant.EPOCH,
        lastCheckpointId,
        "/checkpoints/chk-" + lastCheckpointId,
        null,
        0,
        0,
        1,
        Instant.EPOCH);
  }

  private static CheckpointView view(long checkpointId, Epoch... epochs) {
    return new CheckpointView(
        "/chk-" + checkpointId, checkpointId, ToolDatabase.LINEAGE, List.of(epochs));
  }

  private static List<InDoubt> prepared(String... ids) {
    return Arrays.stream(ids).map(id -> prepared(id, true)).toList();
  }

  private static InDoubt prepared(String id, boolean settleable) {
    return new InDoubt(id, Instant.EPOCH, "role", "db", settleable, List.of(), List.of());
  }

  private static List<Verb> verbs(Plan plan) {
    return plan.steps().stream().map(Plan.Step::verb).toList();
  }

  @Test
  void whatTheCheckpointContainsIsCommittedAndTheRestRolledBack() {
    var plan =
        Plan.make(
            view(8, epoch(7, 6, 1, 2), epoch(8, 7, 3)),
            sink(6),
            prepared(id(2), id(3), id(4)),
            List.of(id(1)));

    assertThat(plan.doubts()).isEmpty();
    assertThat(verbs(plan)).containsExactly(Verb.KEEP, Verb.COMMIT, Verb.COMMIT, Verb.ROLL_BACK);
    assertThat(plan.decide()).extracting(Epoch::checkpointId).containsExactly(7L, 8L);
    assertThat(plan.of(Verb.ROLL_BACK)).extracting(Plan.Step::transactionId).containsExactly(id(4));
  }

  @Test
  void aTransactionThatIsNeitherPreparedNorMarkedIsLost() {
    var plan = Plan.make(view(8, epoch(8, 7, 3, 4)), sink(7), prepared(id(4)), List.of());

    assertThat(verbs(plan)).containsExactly(Verb.LOST, Verb.COMMIT);
    assertThat(plan.of(Verb.LOST).get(0).reason()).contains("its rows are lost");
  }

  @Test
  void anOlderCheckpointThanTheStoresNewestDecidesNothing() {
    var plan = Plan.make(view(6, epoch(6, 5, 3)), sink(7), prepared(id(3), id(9)), List.of());

    assertThat(plan.doubts()).anyMatch(doubt -> doubt.contains("older than checkpoint 7"));
  }

  @Test
  void aCheckpointOfAnotherHistoryDecidesNothing() {
    var view = new CheckpointView("/chk-8", 8, "another", List.of(epoch(8, 7, 3)));

    assertThat(Plan.make(view, sink(7), prepared(id(3)), List.of()).doubts())
        .anyMatch(doubt -> doubt.contains("belongs to history another"));
  }

  @Test
  void aGapBetweenTheStoreAndTheEpochsIsADoubt() {
    assertThat(Plan.make(view(8, epoch(8, 7, 3)), sink(5), prepared(id(3)), List.of()).doubts())
        .anyMatch(doubt -> doubt.contains("follows checkpoint 7, but the store is at 5"));
  }

  @Test
  void anEpochThatWasDecidedBeforeItsCommitterDiedIsNoGap() {
    var plan = Plan.make(view(8, epoch(8, 7, 3, 4)), sink(8), prepared(id(4)), List.of(id(3)));

    assertThat(plan.doubts()).isEmpty();
    assertThat(verbs(plan)).containsExactly(Verb.KEEP, Verb.COMMIT);
  }

  @Test
  void anIdOfAnotherFormIsNotExplained() {
    var odd = "of.%s.by-hand".formatted(ToolDatabase.SINK);

    var plan = Plan.make(view(8, epoch(8, 7, 3)), sink(7), prepared(id(3), odd), List.of());

    assertThat(plan.doubts()).anyMatch(doubt -> doubt.contains(odd));
    assertThat(plan.of(Verb.HOLD)).hasSize(1);
  }

  @Test
  void whatAnotherRolePreparedHoldsEverything() {
    var plan =
        Plan.make(view(8, epoch(8, 7, 3)), sink(7), List.of(prepared(id(3), false)), List.of());

    assertThat(plan.doubts()).anyMatch(doubt -> doubt.contains("only that role can settle it"));
  }

  @Test
  void stagedEpochsAreLeftToTheJob() {
    var plan = Plan.make(view(8, staged(8, 7)), sink(7), prepared(), List.of());

    assertThat(plan.doubts()).isEmpty();
    assertThat(plan.hasWork()).isFalse();
    assertThat(plan.staged()).extracting(Plan.StagedEpoch::checkpointId).containsExactly(8L);
  }

  @Test
  void whatAnEarlierAttemptLeftIsRolledBackWhenTheFirstEpochOfTheNextWaitsInSegments() {
    var plan = Plan.make(view(8, staged(8, 7)), sink(7), prepared(id(3)), List.of());

    assertThat(plan.doubts()).isEmpty();
    assertThat(verbs(plan)).containsExactly(Verb.ROLL_BACK);
    assertThat(plan.decide()).as("the job decides about it and applies it").isEmpty();
    assertThat(plan.staged()).hasSize(1);
  }

  @Test
  void aStagedEpochBeforePreparedOnesHoldsThem() {
    var plan =
        Plan.make(view(8, staged(7, 6), epoch(8, 7, 3)), sink(6), prepared(id(3)), List.of());

    assertThat(plan.doubts()).anyMatch(doubt -> doubt.contains("waits in segments"));
  }

  @Test
  void withoutTransactionsInTheCheckpointNoEpochIsDecided() {
    var plan = Plan.make(view(8, epoch(8, 7)), sink(7), prepared(id(9)), List.of());

    assertThat(plan.decide()).as("a STAGED job may have to apply it").isEmpty();
    assertThat(verbs(plan)).containsExactly(Verb.ROLL_BACK);
  }

  @Test
  void whatTheRegisterDecidedInAHistoryThatWasLeftIsCommitted() {
    var view =
        new CheckpointView(
            "/chk-8", 8, ToolDatabase.LINEAGE, List.of(epoch(8, 7, 3)), Set.of(id(2)));

    var plan = Plan.make(view, sink(7), prepared(id(2), id(3), id(4)), List.of());

    assertThat(plan.doubts()).isEmpty();
    assertThat(plan.of(Verb.COMMIT))
        .extracting(Plan.Step::transactionId)
        .containsExactlyInAnyOrder(id(2), id(3));
    assertThat(plan.of(Verb.ROLL_BACK)).extracting(Plan.Step::transactionId).containsExactly(id(4));
  }
}
