package io.onceflow.ledger;

import static io.onceflow.ledger.ScriptedLedger.cancel;
import static io.onceflow.ledger.ScriptedLedger.id;
import static io.onceflow.ledger.ScriptedLedger.open;
import static io.onceflow.ledger.ScriptedLedger.pending;
import static io.onceflow.ledger.ScriptedLedger.post;
import static io.onceflow.ledger.ScriptedLedger.transfer;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Pending, post, void and expiry, and the three hazards of try/confirm/cancel. */
class TwoPhaseTest {

  private final ScriptedLedger ledger = new ScriptedLedger().unlimited(1, 2).funded(7, 100);

  @Test
  void aPendingTransferReservesAndAPostMoves() {
    assertThat(ledger.run(pending(1, 7, 2, 60, 0))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.counters(7)).isEqualTo("60 0 0 100");
    assertThat(ledger.run(transfer(2, 7, 2, 41))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    assertThat(ledger.run(post(3, 1, 0))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.counters(7)).isEqualTo("0 60 0 100");
    assertThat(ledger.counters(2)).isEqualTo("0 0 0 60");
  }

  @Test
  void aPartialPostReleasesTheRest() {
    ledger.run(pending(1, 7, 2, 60, 0));
    assertThat(ledger.run(post(2, 1, 61))).isEqualTo(ResultCode.EXCEEDS_PENDING_TRANSFER_AMOUNT);
    assertThat(ledger.run(post(3, 1, 20))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.counters(7)).isEqualTo("0 20 0 100");
    TransferRow row = ledger.transfers.get(ledger.transfers.size() - 1);
    assertThat(row.amount()).isEqualTo(20);
    assertThat(row.postedDelta()).isEqualTo(20);
    assertThat(row.pendingDelta()).isEqualTo(-60);
  }

  @Test
  void aPendingTransferIsResolvedOnce() {
    ledger.run(pending(1, 7, 2, 10, 0));
    ledger.run(pending(2, 7, 2, 10, 0));
    ledger.run(pending(3, 7, 2, 10, 1));
    ledger.run(post(4, 1, 0));
    ledger.run(cancel(5, 2));
    ledger.after(2);
    assertThat(ledger.run(post(6, 1, 0))).isEqualTo(ResultCode.PENDING_TRANSFER_ALREADY_POSTED);
    assertThat(ledger.run(cancel(7, 1))).isEqualTo(ResultCode.PENDING_TRANSFER_ALREADY_POSTED);
    assertThat(ledger.run(post(8, 2, 0))).isEqualTo(ResultCode.PENDING_TRANSFER_ALREADY_VOIDED);
    assertThat(ledger.run(post(9, 3, 0))).isEqualTo(ResultCode.PENDING_TRANSFER_EXPIRED);
    assertThat(ledger.run(cancel(10, 4))).isEqualTo(ResultCode.PENDING_TRANSFER_NOT_PENDING);
    assertThat(ledger.run(cancel(11, 11))).isEqualTo(ResultCode.PENDING_ID_MUST_BE_DIFFERENT);
  }

  @Test
  void anExpiryComesBeforeTheCommandThatBringsTheTimeAndIsAtMostASecondLate() {
    ledger.at(1_000_500);
    ledger.run(pending(1, 7, 2, 100, 10));
    ledger.at(1_010_500);
    assertThat(ledger.run(transfer(2, 7, 2, 1))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    ledger.at(1_010_999);
    assertThat(ledger.run(transfer(3, 7, 2, 1))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    ledger.at(1_011_000);
    assertThat(ledger.run(transfer(4, 7, 2, 100))).isEqualTo(ResultCode.CREATED);
    TransferRow expiry = ledger.transfers.get(ledger.transfers.size() - 2);
    assertThat(expiry.kind()).isEqualTo(TransferKind.EXPIRE);
    assertThat(expiry.pendingId()).isEqualTo(id(1));
    assertThat(expiry.id().version()).isEqualTo(8);
    assertThat(expiry.id().variant()).isEqualTo(2);
  }

  @Test
  void manyExpiriesComeByDueSecondAndThenByCreationHoweverFarTheTimeJumps() {
    long[] timeouts = {90, 3, 3, 5_000_000, 70, 3};
    for (int i = 0; i < timeouts.length; i++) {
      ledger.run(pending(i + 1, 1, 2, 1, (int) timeouts[i]));
    }
    ledger.run(cancel(100, 3));
    ledger.transfers.clear();
    ledger.at(CommandDecoder.MAX_TIMESTAMP_MS);
    ledger.run(open(50, 0));
    assertThat(ledger.transfers)
        .extracting(TransferRow::pendingId)
        .containsExactly(id(2), id(6), id(5), id(1), id(4));
    assertThat(ledger.store.words).isEmpty();
    assertThat(ledger.store.slots).isEmpty();
  }

  @Test
  void theLogTimeNeverGoesBack() {
    ledger.run(pending(1, 7, 2, 100, 10));
    ledger.after(20).run(open(50, 0));
    ledger.after(-20).run(pending(2, 7, 2, 100, 10));
    assertThat(ledger.run(transfer(3, 7, 2, 1))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    ledger.after(29);
    assertThat(ledger.run(transfer(4, 7, 2, 1))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    ledger.after(1);
    assertThat(ledger.run(transfer(5, 7, 2, 1))).isEqualTo(ResultCode.CREATED);
  }

  @Test
  void aVoidBeforeItsPendingTransferIsRefusedAndThePendingTransferToo() {
    assertThat(ledger.run(cancel(2, 1))).isEqualTo(ResultCode.PENDING_TRANSFER_NOT_FOUND);
    assertThat(ledger.run(pending(1, 7, 2, 60, 0))).isEqualTo(ResultCode.ID_ALREADY_FAILED);
    assertThat(ledger.run(cancel(2, 1))).isEqualTo(ResultCode.ID_ALREADY_FAILED);
    assertThat(ledger.run(cancel(3, 1))).isEqualTo(ResultCode.PENDING_TRANSFER_NOT_FOUND);
    assertThat(ledger.counters(7)).isEqualTo("0 0 0 100");
  }

  @Test
  void aFailedChainStillRemembersThatThePendingTransferWasGivenUp() {
    assertThat(ledger.chain(transfer(5, 7, 2, 1), post(2, 1, 0)))
        .containsExactly(ResultCode.LINKED_EVENT_FAILED, ResultCode.PENDING_TRANSFER_NOT_FOUND);
    assertThat(ledger.run(pending(1, 7, 2, 60, 0))).isEqualTo(ResultCode.ID_ALREADY_FAILED);
    assertThat(ledger.run(transfer(5, 7, 2, 1))).isEqualTo(ResultCode.CREATED);
  }

  @Test
  void postAndVoidSentAgainExist() {
    ledger.run(pending(1, 7, 2, 60, 0));
    ledger.run(pending(2, 7, 2, 30, 0));
    ledger.run(post(3, 1, 20));
    ledger.run(cancel(4, 2));
    assertThat(ledger.run(post(3, 1, 20))).isEqualTo(ResultCode.EXISTS);
    assertThat(ledger.run(post(3, 1, 0))).isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_AMOUNT);
    assertThat(ledger.run(post(3, 2, 20))).isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_PENDING_ID);
    assertThat(ledger.run(cancel(3, 1))).isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_KIND);
    assertThat(ledger.run(cancel(4, 2))).isEqualTo(ResultCode.EXISTS);
    assertThat(ledger.run(pending(1, 7, 2, 60, 0))).isEqualTo(ResultCode.EXISTS);
    assertThat(ledger.counters(7)).isEqualTo("0 20 0 100");
  }

  @Test
  void oldIdsAreForgottenAndRefusedAndWhatIsReservedIsKept() {
    ScriptedLedger forgetful = new ScriptedLedger(Duration.ofMinutes(1)).unlimited(1, 2);
    for (int i = 0; i < 1_000; i++) {
      forgetful.after(1).run(aged(forgetful, i, false));
    }
    assertThat(forgetful.store.transfers).hasSizeLessThan(70);
    Instruction.Transfer first = aged(forgetful, 5_000, true);
    forgetful.run(first);
    forgetful.after(600).run(open(50, 0));
    assertThat(forgetful.store.transfers).containsOnlyKeys(first.id());
    assertThat(forgetful.run(first)).isEqualTo(ResultCode.ID_TOO_OLD);
    Instruction.Post late = new Instruction.Post(aged(forgetful, 1, false).id(), first.id(), 0);
    assertThat(forgetful.run(late)).isEqualTo(ResultCode.CREATED);
    forgetful.after(600).run(open(51, 0));
    assertThat(forgetful.store.transfers).isEmpty();
    assertThat(forgetful.store.slots).isEmpty();
    assertThat(forgetful.store.words).isEmpty();
  }

  @Test
  void changingTheRetentionNeverMakesAForgottenIdNewAgain() {
    ScriptedLedger minute = new ScriptedLedger(Duration.ofMinutes(1)).unlimited(1, 2);
    Instruction.Transfer old = aged(minute, 1, false);
    minute.run(old);
    minute.after(90);
    Instruction.Transfer young = aged(minute, 2, false);
    minute.run(young);
    assertThat(minute.store.transfers).containsOnlyKeys(young.id());
    ScriptedLedger hour = new ScriptedLedger(minute.store, Duration.ofHours(1));
    assertThat(hour.run(old)).isEqualTo(ResultCode.ID_TOO_OLD);
    assertThat(hour.after(90).run(young)).isEqualTo(ResultCode.EXISTS);
    ScriptedLedger forEver = new ScriptedLedger(hour.store, Duration.ZERO);
    assertThat(forEver.run(old)).isEqualTo(ResultCode.ID_TOO_OLD);
    assertThat(forEver.after(100_000).run(young)).isEqualTo(ResultCode.EXISTS);
    ScriptedLedger again = new ScriptedLedger(forEver.store, Duration.ofMinutes(1));
    assertThat(again.run(young)).isEqualTo(ResultCode.ID_TOO_OLD);
    assertThat(again.store.transfers).isEmpty();
  }

  private static Instruction.Transfer aged(ScriptedLedger ledger, long n, boolean pending) {
    UUID id = new UUID(ledger.nowMs() << 16 | 0x7000, 0x8000_0000_0000_0000L | n);
    return new Instruction.Transfer(id, pending, 1, 2, 1, ScriptedLedger.LEDGER, 1, 0);
  }
}
