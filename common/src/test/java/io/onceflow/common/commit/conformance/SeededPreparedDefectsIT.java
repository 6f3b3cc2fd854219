package io.onceflow.common.commit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.conformance.SeededPreparedStore.Defect;
import io.onceflow.common.sink.postgres.PostgresFixture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each defect of a prepared store, planted in PostgreSQL's, turns the case for it red. */
class SeededPreparedDefectsIT {

  private static PostgresFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture = new PostgresFixture();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  /** A case of the suite. */
  private interface Case {
    void run(PreparedStoreSuite suite) throws Exception;
  }

  private static Arguments pair(Defect defect, Case seeing) {
    return Arguments.of(defect, seeing);
  }

  static Stream<Arguments> defects() {
    return Stream.of(
        pair(
            Defect.TAKES_LOST_FOR_COMMITTED,
            PreparedStoreSuite
                ::aTransactionThatAnAdministratorRolledBackIsLostAndNeverTakenForCommitted),
        pair(Defect.TAKES_COMMITTED_FOR_LOST, PreparedStoreSuite::anEpochCommittedTwiceIsThereOnce),
        pair(
            Defect.DECIDES_NOTHING, PreparedStoreSuite::aRunThatTakesOverFencesTheOneBeforeForGood),
        pair(
            Defect.NEVER_FINISHES,
            PreparedStoreSuite::upsertsOfAnEpochThatWasFinishedAreNotAppliedOverLaterOnes),
        pair(
            Defect.LISTS_NOTHING,
            PreparedStoreSuite::whatIsPreparedIsInDoubtAndInvisibleUntilItIsCommitted),
        pair(
            Defect.LISTS_OTHERS,
            PreparedStoreSuite::onlyTheSinksOwnTransactionsAreInDoubtAndOthersStayUntouched),
        pair(
            Defect.KEEPS_ORPHANS,
            PreparedStoreSuite::rollingBackTwiceIsNoErrorAndUndoesNothingThatIsCommitted),
        pair(
            Defect.PREPARES_ON_CLOSE,
            PreparedStoreSuite::aWriterThatIsClosedOrAbortedLeavesNothingOpen),
        pair(
            Defect.COMMITS_AT_ONCE,
            PreparedStoreSuite::whatIsPreparedIsInDoubtAndInvisibleUntilItIsCommitted));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("defects")
  void theSuiteSeesADefect(Defect defect, Case seeing) throws Exception {
    run(null, seeing);
    assertThatThrownBy(() -> run(defect, seeing))
        .isInstanceOfAny(AssertionError.class, StoreException.class);
  }

  @Test
  void everyDefectHasACase() {
    assertThat(defects().map(arguments -> arguments.get()[0]))
        .containsExactlyInAnyOrder((Object[]) Defect.values());
  }

  private static void run(Defect defect, Case seeing) throws Exception {
    var suite = new Suite(defect);
    suite.startFixture();
    suite.makeTargets();
    try {
      seeing.run(suite);
    } finally {
      suite.endInjections();
      suite.rollBackWhatIsPrepared();
    }
  }

  /** The suite over PostgreSQL, with the server of this class. */
  private static final class Suite extends PreparedStoreSuite {
    private final Defect defect;

    /**
     * @param defect null for none
     */
    Suite(Defect defect) {
      this.defect = defect;
    }

    @Override
    protected StoreFixture createFixture() {
      return new SeededFixture(fixture, store -> seeded((PreparedStore<TestRow>) store));
    }

    private Store<TestRow> seeded(PreparedStore<TestRow> store) {
      return defect == null ? store : new SeededPreparedStore(store, defect);
    }
  }
}
