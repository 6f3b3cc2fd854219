package io.onceflow.common.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Time passes when a test says so; the keeper's turns are the test's. */
class LeaseKeeperTest {

  private static final Duration TTL = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  private final MemoryLeases leases = new MemoryLeases();
  private final List<LeaseLostException> losses = new ArrayList<>();
  private LeaseKeeper keeper;

  @BeforeEach
  void acquire() throws Exception {
    var lease = leases.takeOver(LeaseRequest.of("sink/a", "run-1", TTL));
    keeper =
        new LeaseKeeper(
            leases,
            lease,
            PATIENCE,
            losses::add,
            new LeaseKeeper.World(
                Executors.newSingleThreadScheduledExecutor(), leases.nanoTime::get));
  }

  @AfterEach
  void close() {
    keeper.close();
  }

  private void pass(int seconds) {
    leases.nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void aLeaseIsRenewedForAsLongAsItsHolderGetsOn() throws Exception {
    for (var turn = 0; turn < 100; turn++) {
      pass(20);
      keeper.renew();
      keeper.progress();
    }
    keeper.requireHeld();
    assertThat(losses).isEmpty();
    assertThat(keeper.lease().token()).isEqualTo(1);
  }

  @Test
  void aHolderThatHangsLosesItsLeaseThoughItsProcessLives() {
    for (var turn = 0; turn < 5; turn++) {
      pass(20);
      keeper.renew();
    }
    assertThatCode(keeper::requireHeld).doesNotThrowAnyException();
    pass(20);
    keeper.renew();
    assertThatCode(keeper::requireHeld).doesNotThrowAnyException();
    pass(20);
    assertThatThrownBy(keeper::requireHeld)
        .isInstanceOf(LeaseLostException.class)
        .hasMessage(
            "The lease of key 'sink/a' (owner run-1, token 1) has run out. Its holder has made no progress for 120 s, so it was not renewed.");
    assertThat(losses).hasSize(1);
  }

  @Test
  void progressInTimeIsEnoughToBeRenewedAgain() throws Exception {
    for (var turn = 0; turn < 6; turn++) {
      pass(20);
      keeper.renew();
    }
    keeper.progress();
    keeper.renew();
    pass(20);
    keeper.requireHeld();
  }

  @Test
  void whatHasRunOutIsLostEvenIfItsStoreWouldStillRenewIt() {
    pass(31);
    keeper.renew();
    assertThat(losses).hasSize(1);
    keeper.progress();
    keeper.renew();
    assertThatThrownBy(keeper::requireHeld).isInstanceOf(LeaseLostException.class);
    assertThat(losses).as("told once").hasSize(1);
  }

  @Test
  void aStoreThatDoesNotAnswerCostsTheLeaseWhenItsTermIsOver() throws Exception {
    leases.fail(true);
    pass(20);
    keeper.renew();
    keeper.requireHeld();
    pass(10);
    assertThatThrownBy(keeper::requireHeld)
        .hasMessageContaining("has run out. The lease store does not answer.")
        .matches(lost -> !((LeaseLostException) lost).isHeldByAnother());
  }

  @Test
  void anOutageShorterThanTheTermCostsNothing() throws Exception {
    leases.fail(true);
    pass(20);
    keeper.renew();
    leases.fail(false);
    keeper.renew();
    pass(29);
    keeper.requireHeld();
  }

  @Test
  void whoTookTheKeyOverIsNamed() throws Exception {
    leases.takeOver(LeaseRequest.of("sink/a", "run-2", TTL));
    keeper.renew();
    assertThatThrownBy(keeper::requireHeld)
        .hasMessageContaining("is lost: run-2 holds it with token 2.")
        .matches(lost -> ((LeaseLostException) lost).isHeldByAnother());
  }

  @Test
  void aStoreThatHasForgottenTheLeaseHasLostIt() {
    leases.forgetEverything();
    keeper.renew();
    assertThatThrownBy(keeper::requireHeld)
        .hasMessageContaining("its store knows it no more")
        .matches(lost -> !((LeaseLostException) lost).isHeldByAnother());
  }

  /** As over a network that swallows everything: no error for minutes. */
  @Test
  void aRenewalThatHangsDoesNotHideTheEnd() throws Exception {
    var asked = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    var hanging =
        new MemoryLeases() {
          @Override
          public Optional<Lease> renew(Lease lease) throws StoreException {
            asked.countDown();
            try {
              released.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return super.renew(lease);
          }
        };
    hanging.nanoTime.set(System.nanoTime());
    var lease = hanging.takeOver(LeaseRequest.of("k", "me", Duration.ofMillis(300)));
    var lost = new CompletableFuture<LeaseLostException>();
    try (var renewing = LeaseKeeper.start(hanging, lease, PATIENCE, lost::complete)) {
      assertThat(lost.get(30, TimeUnit.SECONDS))
          .hasMessageEndingWith("has run out. Its store did not answer.");
      assertThat(asked.getCount()).isZero();
      assertThatThrownBy(renewing::requireHeld).isSameAs(lost.get());
    } finally {
      released.countDown();
    }
  }

  @Test
  void theKeepersOwnThreadRenewsAndCloses() throws Exception {
    var live = new MemoryLeases();
    live.nanoTime.set(System.nanoTime());
    var lease = live.takeOver(LeaseRequest.of("k", "me", Duration.ofSeconds(3)));
    var lost = new ArrayList<LeaseLostException>();
    try (var renewing = LeaseKeeper.start(live, lease, PATIENCE, lost::add)) {
      Awaitility.await()
          .until(
              () -> {
                live.nanoTime.set(System.nanoTime());
                return renewing.lease().expiresAtNanos() > lease.expiresAtNanos();
              });
    }
    Awaitility.await().until(() -> live.isClosed);
  }
}
