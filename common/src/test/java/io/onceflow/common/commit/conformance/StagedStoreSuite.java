package io.onceflow.common.commit.conformance;

import static io.onceflow.common.commit.conformance.TestRow.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link io.onceflow.common.commit.StagedStore} must do. A store that is reached over a
 * network also runs {@link StagedNetworkSuite}.
 */
public abstract class StagedStoreSuite extends CommitCases {

  /** The applying JVM's heap; the epoch of the test is larger than that. */
  private static final int HEAP_MEGABYTES = 96;

  private static final long ROWS = Long.getLong("onceflow.conformance.rows", 300_000);

  @TempDir private Path directory;

  @Override
  final Protocol protocol(TestTargets targets) {
    return StagedProtocol.over(targets);
  }

  private StagedStore<TestRow> store() {
    return StagedProtocol.over(targets()).store();
  }

  @Test
  void applyingSaysWhetherTheEpochWasThere() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      var rows = new ArrayList<>(events(1, 10));
      rows.add(fixture().badRow(11));
      var epoch = sink.next(rows);
      var first = StagedProtocol.apply(session, epoch);
      assertThat(first.alreadyCommitted()).isFalse();
      assertThat(first.rejectedRows()).isEqualTo(1);
      assertThat(StagedProtocol.apply(session, epoch).alreadyCommitted()).isTrue();
    }
  }

  @Test
  void noReaderEverSeesPartOfAnEpoch() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      StagedProtocol.apply(session, sink.next(events(1, 3)));
      var seen = new ArrayList<List<TestRow>>();
      for (var point : protocol(targets()).steps()) {
        CrashPoints.arm(point, () -> seen.add(rowsUnchecked()));
      }
      var rows = someRows(sink);
      StagedProtocol.apply(session, sink.next(rows));
      assertThat(seen)
          .isNotEmpty()
          .allSatisfy(look -> assertThat(look).containsExactlyInAnyOrderElementsOf(events(1, 3)));
    }
  }

  private List<TestRow> rowsUnchecked() {
    try {
      return rows();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void subtasksThatCommitForThemselvesKeepAnOrderOfTheirOwn() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      commit(session, sink.ofSubtask(0, 1, events(1, 1)));
      commit(session, sink.ofSubtask(0, 2, events(2, 2)));
      var behind = sink.ofSubtask(1, 1, events(3, 3));
      commit(session, behind);
      assertThatThrownBy(() -> sink.open(TestSink.newRun(), 1, OnRewind.FAIL))
          .hasMessageContaining("/checkpoints/chk-2");
      commit(session, sink.ofSubtask(1, 3, events(4, 4)));
      commit(session, behind);
      assertRefused(session, sink.ofSubtask(1, 2, events(5, 5)), "the store is at checkpoint 3");
    }
    assertRows(events(1, 4));
  }

  @Test
  void aDamagedOrMissingSegmentCommitsNothing() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      var whole = sink.next(events(1, 100));
      var part = whole.parts().get(0);
      var bytes = part.inline().clone();
      bytes[bytes.length - 1] ^= 1;
      for (var bad :
          List.of(
              new SegmentPart(part.target(), part.rows(), part.bytes(), part.crc32c(), bytes, null),
              inFile(part, "file:///gone/segment"))) {
        assertThatThrownBy(() -> commit(session, TestSink.withParts(whole, List.of(bad))))
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
            .hasMessageContaining("cannot be read")
            .hasMessageContaining("Nothing was committed");
        assertRows(List.of());
        assertThat(targets().markers()).isEmpty();
      }
      commit(session, whole);
    }
    assertRows(events(1, 100));
  }

  private static SegmentPart inFile(SegmentPart part, String path) {
    return new SegmentPart(part.target(), part.rows(), part.bytes(), part.crc32c(), null, path);
  }

  @Test
  void aProcessThatEndsAtAnyStepOfApplyingLosesAndRepeatsNothing() throws Exception {
    var sink = sink();
    var expected = new ExpectedRows();
    var run = TestSink.newRun();
    for (var point : protocol(targets()).steps()) {
      try (var session = sink.open(run)) {
        var rows = someRows(sink);
        var epoch = inFiles(sink.next(rows), point);
        var exit = ApplyingProcess.of(store(), run, epoch).haltingAt(point).run(directory, 256);
        assertThat(exit.code()).as(exit.output()).isEqualTo(ApplyingProcess.HALTED);
        assertRows(expected.all());
        settle(session, epoch);
        expected.add(rows);
        assertRows(expected.all());
      }
    }
  }

  private Epoch inFiles(Epoch epoch, String name) throws Exception {
    var parts = new ArrayList<SegmentPart>();
    for (var part : epoch.parts()) {
      var file = Files.write(directory.resolve(name + part.target()), part.inline());
      parts.add(inFile(part, file.toUri().toString()));
    }
    return TestSink.withParts(epoch, parts);
  }

  /** In {@code make conformance-large} with 10 million rows. */
  @Test
  void anEpochLargerThanTheHeapIsAppliedInBoundedMemory() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    var memo = "x".repeat((int) Math.max(16, 3L * HEAP_MEGABYTES * 1024 * 1024 / ROWS - 32));
    try (var session = sink.open(run)) {
      var file = directory.resolve("large");
      var values =
          LongStream.range(0, ROWS).mapToObj(id -> (TestRow) new TestRow.Event(id, id, memo));
      var part = EpochParts.file(store(), file, values);
      assertThat(part.bytes()).isGreaterThan(2L * HEAP_MEGABYTES * 1024 * 1024);
      var epoch = TestSink.withParts(sink.nextEmpty(1), List.of(part));
      var exit = ApplyingProcess.of(store(), run, epoch).run(directory, HEAP_MEGABYTES);
      assertThat(exit.code()).as(exit.output()).isZero();
      assertThat(StagedProtocol.apply(session, epoch)).isEqualTo(new ApplyResult(true, 0));
    }
    var seen = new BitSet();
    targets()
        .readRows(
            row -> {
              var id = Math.toIntExact(row.id());
              if (row.value() != id || !row.memo().equals(memo) || seen.get(id)) {
                throw new AssertionError(
                    "Row %d is not as it was sent, or there twice.".formatted(id));
              }
              seen.set(id);
            });
    assertThat(seen.cardinality()).isEqualTo((int) ROWS);
    assertThat(seen.length()).isEqualTo((int) ROWS);
  }
}
