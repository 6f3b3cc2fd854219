package io.onceflow.ledger;

import static io.onceflow.ledger.ScriptedLedger.id;
import static io.onceflow.ledger.ScriptedLedger.open;
import static io.onceflow.ledger.ScriptedLedger.pending;
import static io.onceflow.ledger.ScriptedLedger.post;
import static io.onceflow.ledger.ScriptedLedger.transfer;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Ids, limits, overflows and chains. */
class LedgerRulesTest {

  private static final long MAX = Long.MAX_VALUE;

  private final ScriptedLedger ledger = new ScriptedLedger().unlimited(1, 2, 3, 4);

  @Test
  void openingAgainExistsOrSaysWhatDiffers() {
    assertThat(ledger.run(open(1, 0))).isEqualTo(ResultCode.EXISTS);
    assertThat(ledger.run(new Instruction.Open(1, 5, 9, 1)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_LEDGER);
    assertThat(ledger.run(new Instruction.Open(1, 978, 9, 1)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_CODE);
    assertThat(ledger.run(open(1, 1))).isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_FLAGS);
    assertThat(ledger.run(open(9, Account.BOTH_LIMITS)))
        .isEqualTo(ResultCode.FLAGS_ARE_MUTUALLY_EXCLUSIVE);
  }

  @Test
  void aKnownIdWithAnotherBodySaysTheFirstDifference() {
    ledger.run(pending(1, 1, 2, 10, 30));
    assertThat(ledger.run(transfer(1, 1, 2, 10))).isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_KIND);
    assertThat(ledger.run(post(1, 2, 10))).isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_KIND);
    assertThat(ledger.run(pending(1, 3, 4, 11, 31)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_TIMEOUT);
    assertThat(ledger.run(pending(1, 3, 4, 11, 30)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT);
    assertThat(ledger.run(pending(1, 1, 4, 11, 30)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT);
    assertThat(ledger.run(pending(1, 1, 2, 11, 30)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_AMOUNT);
    assertThat(ledger.run(new Instruction.Transfer(id(1), true, 1, 2, 10, 5, 5, 30)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_LEDGER);
    assertThat(ledger.run(new Instruction.Transfer(id(1), true, 1, 2, 10, 978, 5, 30)))
        .isEqualTo(ResultCode.EXISTS_WITH_DIFFERENT_CODE);
    assertThat(ledger.run(pending(1, 1, 2, 10, 30))).isEqualTo(ResultCode.EXISTS);
  }

  @Test
  void aRefusalThatDependsOnTheStateBurnsTheIdAndNoOtherDoes() {
    assertThat(ledger.run(transfer(1, 1, 77, 5))).isEqualTo(ResultCode.CREDIT_ACCOUNT_NOT_FOUND);
    assertThat(ledger.run(transfer(2, 1, 1, 5))).isEqualTo(ResultCode.ACCOUNTS_MUST_BE_DIFFERENT);
    ledger.unlimited(77);
    assertThat(ledger.run(transfer(1, 1, 77, 5))).isEqualTo(ResultCode.ID_ALREADY_FAILED);
    assertThat(ledger.run(transfer(2, 1, 77, 5))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.run(transfer(3, 66, 1, 5))).isEqualTo(ResultCode.DEBIT_ACCOUNT_NOT_FOUND);
  }

  @Test
  void theExistingTransferIsNamedByItsSequenceNumber() {
    ledger.run(transfer(1, 1, 2, 5));
    ledger.run(transfer(2, 1, 2, 5));
    ledger.run(transfer(1, 1, 2, 5));
    ledger.run(transfer(1, 1, 2, 6));
    assertThat(ledger.results.subList(4, 8))
        .extracting(ResultRow::seq)
        .containsExactly(1L, 2L, 1L, 0L);
  }

  @Test
  void aCreditLimitIsReachedAndNotPassed() {
    ledger.run(open(9, Account.CREDITS_MUST_NOT_EXCEED_DEBITS));
    assertThat(ledger.run(transfer(1, 1, 9, 1))).isEqualTo(ResultCode.EXCEEDS_DEBITS);
    ledger.run(transfer(2, 9, 1, 10));
    ledger.run(pending(3, 1, 9, 4, 0));
    assertThat(ledger.run(transfer(4, 1, 9, 7))).isEqualTo(ResultCode.EXCEEDS_DEBITS);
    assertThat(ledger.run(transfer(5, 1, 9, 6))).isEqualTo(ResultCode.CREATED);
  }

  @Test
  void aCounterThatWouldOverflowIsRefusedAndNeverWraps() {
    ledger.run(transfer(1, 1, 2, MAX));
    assertThat(ledger.run(transfer(2, 1, 3, 1))).isEqualTo(ResultCode.OVERFLOWS_DEBITS_POSTED);
    assertThat(ledger.run(transfer(3, 3, 2, 1))).isEqualTo(ResultCode.OVERFLOWS_CREDITS_POSTED);
    assertThat(ledger.run(pending(4, 1, 3, 1, 0))).isEqualTo(ResultCode.OVERFLOWS_DEBITS);
    assertThat(ledger.run(pending(5, 3, 2, 1, 0))).isEqualTo(ResultCode.OVERFLOWS_CREDITS);
    ledger.run(pending(6, 3, 4, MAX, 0));
    assertThat(ledger.run(pending(7, 3, 1, 1, 0))).isEqualTo(ResultCode.OVERFLOWS_DEBITS_PENDING);
    assertThat(ledger.run(pending(8, 2, 4, 1, 0))).isEqualTo(ResultCode.OVERFLOWS_CREDITS_PENDING);
    assertThat(ledger.run(post(9, 6, 0))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.counters(3)).isEqualTo("0 " + MAX + " 0 0");
  }

  @Test
  void aLimitHoldsAtTheEndOfTheNumbers() {
    ledger.run(open(9, Account.DEBITS_MUST_NOT_EXCEED_CREDITS));
    assertThat(ledger.run(transfer(1, 9, 1, MAX))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    ledger.run(transfer(2, 1, 9, MAX));
    assertThat(ledger.run(transfer(3, 9, 3, MAX))).isEqualTo(ResultCode.CREATED);
  }

  @Test
  void aChainSentAgainExistsAndAMixedOneIsRefused() {
    ledger.chain(open(50, 0), transfer(1, 1, 50, 5));
    assertThat(ledger.chain(open(50, 0), transfer(1, 1, 50, 5))).containsOnly(ResultCode.EXISTS);
    assertThat(ledger.chain(transfer(1, 1, 50, 5), transfer(2, 1, 50, 5)))
        .containsExactly(ResultCode.LINKED_EVENT_FAILED, ResultCode.CHAIN_PARTIALLY_EXISTS);
    assertThat(ledger.chain(transfer(2, 1, 50, 5), transfer(2, 1, 50, 5)))
        .containsExactly(ResultCode.LINKED_EVENT_FAILED, ResultCode.CHAIN_PARTIALLY_EXISTS);
    assertThat(ledger.run(transfer(2, 1, 50, 5))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.balance(50)).isEqualTo(10);
  }

  @Test
  void aFailedChainLeavesNothingButTheBurnedIdOfItsRefusedLeg() {
    assertThat(
            ledger.chain(
                open(50, 0), pending(1, 1, 50, 5, 9), transfer(2, 1, 88, 1), transfer(3, 1, 2, 1)))
        .containsExactly(
            ResultCode.LINKED_EVENT_FAILED,
            ResultCode.LINKED_EVENT_FAILED,
            ResultCode.CREDIT_ACCOUNT_NOT_FOUND,
            ResultCode.LINKED_EVENT_FAILED);
    assertThat(ledger.store.accounts).doesNotContainKey(50L);
    assertThat(ledger.store.words).isEmpty();
    assertThat(ledger.store.transfers).containsOnlyKeys(id(2));
    assertThat(ledger.transfers).isEmpty();
    ledger.run(transfer(4, 1, 2, 1));
    assertThat(ledger.transfers.get(0).seq()).isEqualTo(1);
    assertThat(ledger.store.header().nextDueSecond()).isEqualTo(DueIndex.NONE);
  }
}
