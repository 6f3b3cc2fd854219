package io.onceflow.ledger;

import static io.onceflow.ledger.ScriptedLedger.cancel;
import static io.onceflow.ledger.ScriptedLedger.id;
import static io.onceflow.ledger.ScriptedLedger.open;
import static io.onceflow.ledger.ScriptedLedger.pending;
import static io.onceflow.ledger.ScriptedLedger.transfer;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The recipes of TigerBeetle's documentation, as far as this ledger's model supports them. */
class RecipesTest {

  private final ScriptedLedger ledger = new ScriptedLedger().unlimited(1, 2, 3);

  @Test
  void manyDebitsAndManyCreditsGoThroughAControlAccount() {
    ledger.unlimited(99).funded(7, 60).funded(8, 50);
    assertThat(
            ledger.chain(
                transfer(1, 7, 99, 60),
                transfer(2, 8, 99, 40),
                transfer(3, 99, 2, 75),
                transfer(4, 99, 3, 25)))
        .containsOnly(ResultCode.CREATED);
    assertThat(ledger.balance(99)).isZero();
    assertThat(ledger.balance(2)).isEqualTo(75);
    assertThat(ledger.chain(transfer(5, 8, 99, 10), transfer(6, 7, 99, 1), transfer(7, 99, 2, 11)))
        .containsExactly(
            ResultCode.LINKED_EVENT_FAILED,
            ResultCode.EXCEEDS_CREDITS,
            ResultCode.LINKED_EVENT_FAILED);
    assertThat(ledger.balance(8)).isEqualTo(10);
  }

  @Test
  void aTransferCanBeMadeToDependOnABalance() {
    ledger.funded(7, 100).unlimited(50);
    // Reserve the threshold and release it in the same chain: it fails when the balance is lower.
    assertThat(ledger.chain(pending(1, 7, 50, 80, 0), cancel(2, 1), transfer(3, 7, 2, 10)))
        .containsOnly(ResultCode.CREATED);
    assertThat(ledger.balance(7)).isEqualTo(90);
    assertThat(ledger.chain(pending(4, 7, 50, 91, 0), cancel(5, 4), transfer(6, 7, 2, 10)))
        .containsExactly(
            ResultCode.EXCEEDS_CREDITS,
            ResultCode.LINKED_EVENT_FAILED,
            ResultCode.LINKED_EVENT_FAILED);
  }

  @Test
  void aCurrencyIsExchangedByTwoLinkedTransfersOverTwoLedgers() {
    ledger.run(new Instruction.Open(21, 840, 1, 0));
    ledger.run(new Instruction.Open(22, 840, 1, Account.DEBITS_MUST_NOT_EXCEED_CREDITS));
    ledger.funded(7, 100);
    Instruction.Transfer dollars = new Instruction.Transfer(id(2), false, 21, 22, 110, 840, 1, 0);
    assertThat(ledger.chain(transfer(1, 7, 2, 100), dollars)).containsOnly(ResultCode.CREATED);
    assertThat(ledger.balance(22)).isEqualTo(110);
    assertThat(ledger.balance(7)).isZero();
    assertThat(ledger.run(transfer(3, 2, 22, 1)))
        .isEqualTo(ResultCode.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER);
    assertThat(ledger.run(new Instruction.Transfer(id(4), false, 1, 2, 1, 840, 1, 0)))
        .isEqualTo(ResultCode.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS);
  }

  @Test
  void aRateIsLimitedByPendingTransfersThatExpire() {
    // The account may have two requests reserved at a time; each reservation lasts a minute.
    ledger.funded(7, 2).unlimited(50);
    assertThat(ledger.run(pending(1, 7, 50, 1, 60))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.after(30).run(pending(2, 7, 50, 1, 60))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.run(pending(3, 7, 50, 1, 60))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
    assertThat(ledger.after(30).run(pending(4, 7, 50, 1, 60))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.run(pending(5, 7, 50, 1, 60))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
  }

  @Test
  void aClosedAccountTakesNothingAndStillReleasesWhatIsPending() {
    ledger.funded(7, 100);
    ledger.run(pending(1, 7, 2, 40, 0));
    ledger.run(pending(2, 7, 2, 10, 5));
    assertThat(ledger.run(new Instruction.Close(7))).isEqualTo(ResultCode.CLOSED);
    assertThat(ledger.run(new Instruction.Close(7))).isEqualTo(ResultCode.ACCOUNT_ALREADY_CLOSED);
    assertThat(ledger.run(new Instruction.Close(70))).isEqualTo(ResultCode.ACCOUNT_NOT_FOUND);
    assertThat(ledger.run(transfer(3, 7, 2, 1))).isEqualTo(ResultCode.DEBIT_ACCOUNT_ALREADY_CLOSED);
    assertThat(ledger.run(transfer(4, 2, 7, 1)))
        .isEqualTo(ResultCode.CREDIT_ACCOUNT_ALREADY_CLOSED);
    assertThat(ledger.run(ScriptedLedger.post(5, 1, 0)))
        .isEqualTo(ResultCode.DEBIT_ACCOUNT_ALREADY_CLOSED);
    assertThat(ledger.run(cancel(6, 1))).isEqualTo(ResultCode.CREATED);
    ledger.after(10).run(open(90, 0));
    assertThat(ledger.counters(7)).isEqualTo("0 0 0 100");
  }

  @Test
  void aCorrectionIsATransferTheOtherWay() {
    ledger.funded(7, 100);
    ledger.run(transfer(1, 7, 2, 30));
    assertThat(ledger.run(transfer(2, 2, 7, 30))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.balance(7)).isEqualTo(100);
    assertThat(ledger.counters(7)).isEqualTo("0 30 0 130");
  }
}
