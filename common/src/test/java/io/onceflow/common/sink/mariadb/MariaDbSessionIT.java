package io.onceflow.common.sink.mariadb;

import static io.onceflow.common.sink.mariadb.MariaDbTables.payments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.TcpProxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Markers, order, fences and lost answers of one session, without Flink. */
@Timeout(60)
class MariaDbSessionIT {

  private final MariaDbTables database = MariaDbTables.create(MariaDbTables.PAYMENTS);
  private final Epochs<Object> epochs = new Epochs<>(database.store());

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
    assertThat(database.number("SELECT count(*) FROM OF.marker")).isEqualTo(1);
  }

  @Test
  void aZombieAndItsSuccessorApplyTheSameEpochAtTheSameTimeOnce() throws Exception {
    var epoch = new Epoch[1];
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
      await()
          .until(
              () ->
                  !database
                      .superuserColumn(
                          "SELECT info FROM information_schema.processlist WHERE info LIKE 'INSERT INTO `%s`%%'"
                              .formatted(database.onceflow()))
                      .isEmpty());
      goOn.countDown();
      assertThat(List.of(slow.get().alreadyCommitted(), fast.get().alreadyCommitted()))
          .containsExactly(false, true);
    } finally {
      threads.shutdownNow();
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(50);
  }

  @Test
  void anotherTransactionForTheSameCheckpointIsAFork() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, payments(1, 1)), Epochs.segments());
      database.sql("UPDATE OF.marker SET transaction_id = 'somebody-else'");
      var epoch = epochs.after(0, 1, payments(1, 1));
      assertThatThrownBy(() -> session.apply(epoch, Epochs.segments()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED))
          .hasMessageContaining("a fork of its history");
    }
  }

  @Test
  void markersArePrunedAndAnEpochBelowTheLowWaterMarkIsRefused() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, payments(1, 1)), Epochs.segments());
      session.apply(epochs.epoch(102_000, payments(2, 2)), Epochs.segments());
      assertThat(database.column("SELECT checkpoint_id FROM OF.marker")).containsExactly("102000");
      assertThat(database.number("SELECT low_water_checkpoint_id FROM OF.sink")).isEqualTo(2_000);
      assertThatThrownBy(() -> session.apply(epochs.after(0, 1, payments(1, 1)), Epochs.segments()))
          .hasMessageContaining("lost or pruned");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(2);
  }

  @Test
  void aRunThatWasReplacedCommitsNothingMore() throws Exception {
    var newer = new Epochs<>(database.store());
    try (var old = epochs.open()) {
      var held = epochs.epoch(1, payments(1, 3));
      try (var current = newer.open()) {
        current.apply(newer.after(0, 2, payments(1, 3)), Epochs.segments());
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
  void aSessionThatWasAbortedCommitsNothing() throws Exception {
    try (var session = epochs.open()) {
      session.abort();
      for (var i = 0; i < 2; i++) {
        assertThatThrownBy(
                () -> session.apply(epochs.after(0, 1, payments(1, 3)), Epochs.segments()))
            .isInstanceOf(StoreException.class);
      }
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isZero();
  }

  @Test
  void aDamagedSegmentCommitsNothingAndSaysSo() throws Exception {
    try (var session = epochs.open()) {
      var parts = epochs.encode(payments(1, 30_000));
      var part = parts.get(0);
      var bytes = part.inline().clone();
      bytes[bytes.length - 2] ^= 1;
      parts.set(
          0, new SegmentPart(part.target(), part.rows(), part.bytes(), part.crc32c(), bytes, null));
      assertThatThrownBy(() -> session.apply(epochs.epoch(1, parts), Epochs.segments()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
          .hasMessageContaining("is damaged")
          .hasMessageContaining("Nothing was committed");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isZero();
  }

  @Test
  void aCommitWhoseAnswerIsLostIsAmbiguousAndCountsOnceWhenRepeated() throws Exception {
    try (var proxy = TcpProxy.to(database.database().server())) {
      var remote = new Epochs<>(MariaDbTables.store(database.configThrough(proxy.port())));
      try (var session = remote.open()) {
        var epoch = remote.epoch(1, payments(1, 10));
        proxy.loseReplyTo("COMMIT");
        assertThatThrownBy(() -> session.apply(epoch, Epochs.segments()))
            .isInstanceOfSatisfying(
                StoreException.class,
                e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.AMBIGUOUS));
        assertThat(session.apply(epoch, Epochs.segments()).alreadyCommitted()).isTrue();
      }
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(10);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
