package io.onceflow.common.sink.postgres;

import static io.onceflow.common.sink.postgres.PaymentTables.payments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession.ApplyResult;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Markers, order and fences of one session, without Flink. */
class PostgresSessionIT {

  private final OnceflowDatabase database = OnceflowDatabase.create(PaymentTables.DDL);
  private final Epochs<Object> epochs = new Epochs<>(PaymentTables.store(database));

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  @Test
  void anEpochAppliedTwiceIsThereOnce() throws Exception {
    try (var session = epochs.open()) {
      var epoch = epochs.epoch(1, payments(1, 100));
      assertThat(session.apply(epoch, Epochs.segments())).isEqualTo(new ApplyResult(false, 0));
      assertThat(session.apply(epoch, Epochs.segments())).isEqualTo(new ApplyResult(true, 0));
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(100);
    assertThat(database.number("SELECT count(*) FROM onceflow.marker")).isEqualTo(1);
  }

  @Test
  void rowsCarryTheNumberOfTheirEpochAndTheMarkerCountsThem() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, payments(1, 10)), Epochs.segments());
      session.apply(epochs.epoch(2, List.of()), Epochs.segments());
      session.apply(epochs.epoch(3, payments(11, 15)), Epochs.segments());
    }
    assertThat(
            database.column(
                """
                SELECT concat_ws(' ', checkpoint_id, row_count, rows_by_target ->> 'public.payments',
                  (SELECT count(*) FROM payments p WHERE p.epoch = m.epoch))
                FROM onceflow.marker m ORDER BY epoch
                """))
        .containsExactly("1 10 10 10", "2 0 0", "3 5 5 5");
  }

  @Test
  void aZombieAndItsSuccessorApplyTheSameEpochAtTheSameTimeOnce() throws Exception {
    var epoch = new io.onceflow.common.commit.Epoch[1];
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var first = new AtomicBoolean(true);
    CrashPoints.arm(
        CrashPoints.APPLY_BEFORE_COMMIT,
        () -> {
          if (first.getAndSet(false)) {
            inside.countDown();
            awaitQuietly(goOn);
          }
        });
    var threads = Executors.newFixedThreadPool(2);
    try (var zombie = epochs.open();
        var successor = epochs.open()) {
      epoch[0] = epochs.epoch(1, payments(1, 50));
      var slow = threads.submit(() -> zombie.apply(epoch[0], Epochs.segments()));
      inside.await();
      var fast = threads.submit(() -> successor.apply(epoch[0], Epochs.segments()));
      org.awaitility.Awaitility.await()
          .until(
              () ->
                  database.number(
                          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                      == 1);
      goOn.countDown();
      assertThat(List.of(slow.get().alreadyCommitted(), fast.get().alreadyCommitted()))
          .containsExactly(false, true);
    } finally {
      threads.shutdownNow();
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(50);
  }

  @Test
  void anEpochOlderThanTheLastOneIsRefusedWhenItHasNoMarker() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(5, payments(1, 5)), Epochs.segments());
      assertThatThrownBy(() -> session.apply(epochs.after(3, 4, payments(6, 7)), Epochs.segments()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("must not be written after later ones")
          .hasMessageContaining("/checkpoints/chk-5");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(5);
  }

  @Test
  void aSubtaskCommitsItsEpochsInOrderAlsoWhenAnotherOneIsAhead() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(0, 1, epochs.encode(payments(1, 10))), Epochs.segments());
      session.apply(epochs.epoch(0, 2, epochs.encode(payments(11, 20))), Epochs.segments());
      session.apply(epochs.epoch(1, 1, epochs.encode(payments(21, 30))), Epochs.segments());
      assertThat(
              database.column("SELECT last_checkpoint_id || last_restore_path FROM onceflow.sink"))
          .containsExactly("2/checkpoints/chk-2");
      session.apply(epochs.epoch(1, 3, epochs.encode(payments(31, 40))), Epochs.segments());

      var late = epochs.epoch(1, 2, epochs.encode(payments(41, 50)));
      assertThatThrownBy(() -> session.apply(late, Epochs.segments()))
          .hasMessageContaining("but the store is at checkpoint 3");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(40);
  }

  @Test
  void markersArePrunedAndAnEpochBelowTheLowWaterMarkIsRefused() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, payments(1, 1)), Epochs.segments());
      session.apply(epochs.epoch(102_000, payments(2, 2)), Epochs.segments());
      assertThat(database.column("SELECT checkpoint_id FROM onceflow.marker"))
          .containsExactly("102000");
      assertThat(database.number("SELECT low_water_checkpoint_id FROM onceflow.sink"))
          .isEqualTo(2_000);
      assertThatThrownBy(() -> session.apply(epochs.after(0, 1, payments(1, 1)), Epochs.segments()))
          .hasMessageContaining("lost or pruned");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(2);
  }

  @Test
  void anAttemptOfTheSameRunThatWasReplacedCommitsNothing() throws Exception {
    try (var stale = epochs.open();
        var current = epochs.open()) {
      current.apply(epochs.epoch(1, payments(1, 3)), Epochs.segments());
      var held = epochs.after(1, 2, payments(4, 6));
      current.apply(epochs.after(1, 3, payments(4, 6)), Epochs.segments());
      assertThatThrownBy(() -> stale.apply(held, Epochs.segments()))
          .hasMessageContaining("must not be written after later ones");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(6);
  }

  @Test
  void aSessionThatWasAbortedCommitsNothing() throws Exception {
    try (var session = epochs.open()) {
      session.abort();
      assertThatThrownBy(() -> session.apply(epochs.epoch(1, payments(1, 3)), Epochs.segments()))
          .isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> session.apply(epochs.epoch(1, payments(1, 3)), Epochs.segments()))
          .hasMessageContaining("aborted");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isZero();
  }

  @Test
  void aRunThatWasReplacedCommitsNothingMore() throws Exception {
    var newer = new Epochs<>(PaymentTables.store(database));
    try (var old = epochs.open()) {
      var held = epochs.epoch(1, payments(1, 3));
      try (var current = newer.open()) {
        current.apply(newer.epoch(1, payments(1, 3)), Epochs.segments());
        assertThatThrownBy(() -> old.apply(held, Epochs.segments()))
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED))
            .hasMessageContaining("was taken over by run");
      }
      assertThatThrownBy(epochs::open).hasMessageContaining("the only one that may commit");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(3);
  }

  @Test
  void aDamagedSegmentCommitsNothing() throws Exception {
    try (var session = epochs.open()) {
      var parts = epochs.encode(payments(1, 100));
      var part = parts.get(0);
      var bytes = part.inline().clone();
      bytes[bytes.length - 1] ^= 1;
      parts.set(
          0, new SegmentPart(part.target(), part.rows(), part.bytes(), part.crc32c(), bytes, null));
      assertThatThrownBy(() -> session.apply(epochs.epoch(1, parts), Epochs.segments()))
          .hasMessageContaining("is damaged")
          .hasMessageContaining("Nothing was committed");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isZero();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
