package io.onceflow.common.commit.conformance;

import static io.onceflow.common.commit.conformance.TestRow.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.conformance.TestTargets.Marker;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Runs, lineages and the order of epochs: what the store must remember of a sink's history. */
abstract class HistoryCases extends StoreSuite {

  @Test
  void anEpochThatDoesNotFollowTheNewestOneIsRefused() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      commit(session, sink.next(events(1, 1)));
      commit(session, sink.next(events(2, 2)));
      commit(session, sink.next(5, events(3, 3)));
      assertRefused(session, sink.after(2, 3, events(11, 11)), "must not be written after later");
      assertRefused(session, sink.after(2, 6, events(12, 12)), "chk-5");
      assertRefused(session, sink.after(6, 7, events(13, 13)), "follows checkpoint 6");
      commit(session, sink.next(events(4, 4)));
    }
    assertRows(events(1, 4));
  }

  @Test
  void aMarkerThatWasPrunedIsNotTakenForAnEpochToCome() throws Exception {
    var kept = fixture().markersKept();
    var far = kept == Long.MAX_VALUE ? 100_000 : (kept / 1_000 + 3) * 1_000;
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      var old = sink.next(1, events(1, 1));
      commit(session, old);
      var newest = sink.next(far, events(2, 2));
      commit(session, newest);
      if (kept == Long.MAX_VALUE) {
        assertMarkersOf(List.of(old, newest));
        commit(session, old);
      } else {
        assertMarkersOf(List.of(newest));
        assertRefused(session, old, "lost or pruned");
      }
    }
    assertRows(events(1, 2));
  }

  @Test
  void openingTwiceChangesNothing() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    try (var session = sink.open(run)) {
      var lineage = sink.lineage();
      var again = session.open(sink.request(run, 0, OnRewind.FAIL));
      assertThat(again.lineage()).isEqualTo(lineage);
      assertThat(again.lastCheckpointId()).isZero();
      commit(session, sink.next(events(1, 3)));
      var restored = session.open(sink.request(run, 1, OnRewind.FAIL));
      assertThat(restored.lineage()).isEqualTo(lineage);
      assertThat(restored.lastCheckpointId()).isEqualTo(1);
      assertThat(restored.fencedRuns()).isEmpty();
    }
    assertRows(events(1, 3));
  }

  @Test
  void aRunThatTakesOverFencesTheOneBeforeForGood() throws Exception {
    var sink = sink();
    var oldRun = TestSink.newRun();
    var newRun = TestSink.newRun();
    try (var old = sink.open(oldRun)) {
      commit(old, sink.next(events(1, 3)));
      var held = sink.next(events(4, 6));
      try (var current = sink.session(newRun)) {
        var opened = current.open(sink.request(newRun, 2, OnRewind.FAIL));
        assertThat(opened.fencedRuns()).containsExactly(oldRun);
        assertThat(opened.lineage()).isEqualTo(sink.lineage());
        assertRefused(old, held, "was taken over by run " + newRun);
        commit(current, held);
        assertThatThrownBy(() -> sink.open(oldRun)).satisfies(StoreSuite::isFenced);
        commit(current, sink.next(events(7, 9)));
      }
    }
    assertRows(events(1, 9));
  }

  @Test
  void anAttemptOfTheSameRunThatWasReplacedCommitsNothing() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    try (var stale = sink.open(run);
        var current = sink.open(run)) {
      commit(current, sink.next(events(1, 3)));
      var held = sink.after(1, 2, events(11, 13));
      commit(current, sink.next(3, events(4, 6)));
      assertRefused(stale, held, "must not be written after later");
    }
    assertRows(events(1, 6));
  }

  @Test
  void aStartFromAnOlderCheckpointIsRefusedAndToldTheRightOne() throws Exception {
    var sink = sink();
    try (var session = sink.open(TestSink.newRun())) {
      commit(session, sink.next(events(1, 1)));
      commit(session, sink.next(events(2, 2)));
    }
    for (var restored = 0; restored < 2; restored++) {
      var rewound = restored;
      assertThatThrownBy(() -> sink.open(TestSink.newRun(), rewound, OnRewind.FAIL))
          .satisfies(StoreSuite::isFenced)
          .hasMessageContaining("/checkpoints/chk-2");
    }
    try (var session = sink.open(TestSink.newRun())) {
      commit(session, sink.next(events(3, 3)));
    }
    assertRows(events(1, 3));
  }

  @Test
  void anAcceptedRewindBeginsAHistoryOfItsOwnAndEndsTheOldOne() throws Exception {
    var sink = sink();
    var rewound = TestSink.newRun();
    try (var old = sink.open(TestSink.newRun())) {
      var parent = sink.lineage();
      var first = sink.next(events(1, 1));
      commit(old, first);
      commit(old, sink.next(events(2, 2)));
      var held = sink.next(events(3, 3));
      try (var session = sink.open(rewound, 1, OnRewind.ACCEPT_DUPLICATES)) {
        assertThat(sink.lineage()).isNotEqualTo(parent);
        commit(session, first);
        commit(session, sink.after(1, 2, events(12, 12)));
        commit(session, sink.after(2, 3, events(13, 13)));
        assertRefused(session, held, "of lineage " + parent);
        assertRefused(old, held, "was taken over by run " + rewound);
      }
    }
    var expected = new ArrayList<>(events(1, 2));
    expected.addAll(events(12, 13));
    assertRows(expected);
  }

  @Test
  void aSinkThatWasRestoredButIsUnknownHereIsRefused() throws Exception {
    var sink = sink();
    var run = TestSink.newRun();
    var request = new OpenRequest(sink.id(), run, "a-lineage", OptionalLong.of(7), OnRewind.FAIL);
    try (var session = sink.session(run)) {
      assertThatThrownBy(() -> session.open(request))
          .satisfies(StoreSuite::isFenced)
          .hasMessageContaining("no record of it");
    }
  }

  @Test
  void aSinkWhoseIdBeginsWithAnothersIsLeftAlone() throws Exception {
    var shorter = sink("a", OnReject.DEAD_LETTER);
    var longer = sink("a-b", OnReject.DEAD_LETTER);
    var kept = Math.min(fixture().markersKept(), 100_000);
    try (var one = shorter.open(TestSink.newRun());
        var other = longer.open(TestSink.newRun())) {
      var ofOther = longer.next(events(1, 2));
      commit(other, ofOther);
      commit(one, shorter.next(events(3, 4)));
      commit(one, shorter.next((kept / 1_000 + 3) * 1_000, events(5, 6)));
      try (var newer = shorter.open(TestSink.newRun())) {
        commit(newer, shorter.next(events(7, 8)));
      }
      commit(other, ofOther);
      commit(other, longer.next(events(9, 10)));
      assertThatThrownBy(() -> commit(one, shorter.next(List.of())))
          .satisfies(StoreSuite::isFenced);
    }
    assertRows(events(1, 10));
    assertThat(targets().markers())
        .filteredOn(marker -> marker.sinkId().equals("a-b"))
        .extracting(Marker::checkpointId)
        .containsExactlyInAnyOrder(1L, 2L);
  }
}
