package io.onceflow.common.commit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.conformance.SeededStore.Defect;
import io.onceflow.common.commit.example.DirectoryFixture;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A suite that cannot fail proves nothing: each defect of a store turns the case for it red. */
class SeededDefectsTest {

  /** A case of the suite. */
  private interface Case {
    void run(StagedStoreSuite suite) throws Exception;
  }

  private static Arguments pair(Defect defect, Case sees) {
    return Arguments.of(defect, sees);
  }

  static Stream<Arguments> defects() {
    return Stream.of(
        pair(
            Defect.ACKNOWLEDGES_WITHOUT_APPLYING,
            StagedStoreSuite::anEmptyEpochChangesNoRowAndTheHistoryGoesOn),
        pair(Defect.IGNORES_MARKERS, StagedStoreSuite::anEpochCommittedTwiceIsThereOnce),
        pair(Defect.LOSES_A_PART, StagedStoreSuite::anEpochCommittedTwiceIsThereOnce),
        pair(Defect.REPEATS_A_PART, StagedStoreSuite::anEpochCommittedTwiceIsThereOnce),
        pair(Defect.NEVER_FENCES, StagedStoreSuite::aRunThatTakesOverFencesTheOneBeforeForGood),
        pair(Defect.IGNORES_ORDER, StagedStoreSuite::anEpochThatDoesNotFollowTheNewestOneIsRefused),
        pair(
            Defect.CALLS_FENCED_TRANSIENT,
            StagedStoreSuite::anAttemptOfTheSameRunThatWasReplacedCommitsNothing),
        pair(Defect.IGNORES_ABORT, StagedStoreSuite::aSessionThatWasAbortedCommitsNothing),
        pair(
            Defect.SKIPS_PREFLIGHT,
            StagedStoreSuite::thePreflightReportsEverythingThatIsWrongInOneMessage),
        pair(Defect.CONFUSES_SINK_IDS, StagedStoreSuite::aSinkWhoseIdBeginsWithAnothersIsLeftAlone),
        pair(Defect.FORGETS_WHAT_IT_DID, StagedStoreSuite::applyingSaysWhetherTheEpochWasThere),
        pair(
            Defect.FORGETS_RESTORE_PATHS,
            StagedStoreSuite::aStartFromAnOlderCheckpointIsRefusedAndToldTheRightOne));
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
      suite.closeFixture();
    }
  }

  /** The suite over the store of the guide. */
  private static final class Suite extends StagedStoreSuite {
    private final Defect defect;

    /**
     * @param defect null for none
     */
    Suite(Defect defect) {
      this.defect = defect;
    }

    @Override
    protected StoreFixture createFixture() throws IOException {
      return new SeededFixture(new DirectoryFixture(), this::seeded);
    }

    private Store<TestRow> seeded(Store<TestRow> store) {
      return defect == null ? store : new SeededStore((StagedStore<TestRow>) store, defect);
    }
  }
}
