package io.onceflow.ledger;

import static io.onceflow.ledger.ScriptedLedger.id;
import static io.onceflow.ledger.ScriptedLedger.open;
import static io.onceflow.ledger.ScriptedLedger.pending;
import static io.onceflow.ledger.ScriptedLedger.transfer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.onceflow.ledger.OperatorHarness.Backend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/**
 * The five defects read in the sources of the open Streaming Ledger, each as a test that it is not
 * here.
 */
class StreamingLedgerDefectsTest {

  private final ScriptedLedger ledger = new ScriptedLedger().unlimited(1, 2).funded(7, 100);

  @Test
  void aTransferToTheSameAccountIsRefusedAndMakesNoMoney() {
    assertThat(ledger.run(transfer(1, 7, 7, 10))).isEqualTo(ResultCode.ACCOUNTS_MUST_BE_DIFFERENT);
    assertThat(ledger.chain(transfer(2, 7, 7, 10), transfer(3, 7, 1, 1)))
        .containsExactly(ResultCode.ACCOUNTS_MUST_BE_DIFFERENT, ResultCode.LINKED_EVENT_FAILED);
    assertThat(ledger.balance(7)).isEqualTo(100);
  }

  @Test
  void anAccountOnBothSidesOfAChainIsOneAccount() {
    assertThat(ledger.chain(transfer(1, 7, 2, 60), transfer(2, 2, 7, 10), transfer(3, 7, 2, 50)))
        .containsOnly(ResultCode.CREATED);
    assertThat(ledger.balance(7)).isZero();
    assertThat(ledger.balance(2)).isEqualTo(100);
  }

  @Test
  void anAccountCanBeDrainedToExactlyZeroAndNotBelow() {
    assertThat(ledger.run(transfer(1, 7, 2, 100))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.balance(7)).isZero();
    assertThat(ledger.run(transfer(2, 7, 2, 1))).isEqualTo(ResultCode.EXCEEDS_CREDITS);
  }

  @Test
  void aRefusedCommandHasAResultToo() {
    ledger.results.clear();
    ledger.run(transfer(1, 7, 2, 101));
    ledger.chain(transfer(2, 7, 2, 1), transfer(3, 7, 2, 100));
    assertThat(ledger.results)
        .extracting(ResultRow::id, ResultRow::leg, ResultRow::result)
        .containsExactly(
            tuple(id(1), 0, ResultCode.EXCEEDS_CREDITS),
            tuple(id(2), 0, ResultCode.LINKED_EVENT_FAILED),
            tuple(id(3), 1, ResultCode.EXCEEDS_CREDITS));
  }

  @Test
  void theOrderAfterARestoreIsTheOrderBeforeIt() throws Exception {
    List<Command> commands = new ArrayList<>();
    commands.add(command(0, open(1, 0)));
    commands.add(command(1, open(7, Account.DEBITS_MUST_NOT_EXCEED_CREDITS)));
    commands.add(command(2, transfer(1, 1, 7, 10)));
    // Only one of these can be paid: which one must not depend on a crash in between.
    commands.add(command(3, transfer(2, 7, 1, 8)));
    commands.add(command(4, pending(3, 7, 1, 7, 1)));
    commands.add(command(5, transfer(4, 7, 1, 2)));
    List<LedgerOutput> undisturbed = new ArrayList<>();
    try (OperatorHarness subtask = OperatorHarness.fresh(Backend.HEAP, Duration.ZERO)) {
      for (Command command : commands) {
        subtask.process(command);
      }
      undisturbed.addAll(subtask.drain());
    }
    List<LedgerOutput> restoredAtEachStep = new ArrayList<>();
    OperatorSubtaskState state = null;
    for (Command command : commands) {
      try (OperatorHarness subtask = OperatorHarness.restored(Backend.HEAP, Duration.ZERO, state)) {
        subtask.process(command);
        restoredAtEachStep.addAll(subtask.drain());
        state = subtask.snapshot(command.offset());
      }
    }
    assertThat(restoredAtEachStep).isEqualTo(undisturbed);
  }

  @Test
  void aCommandSentAgainMovesNothing() {
    assertThat(ledger.run(transfer(1, 7, 2, 40))).isEqualTo(ResultCode.CREATED);
    assertThat(ledger.run(transfer(1, 7, 2, 40))).isEqualTo(ResultCode.EXISTS);
    assertThat(ledger.balance(7)).isEqualTo(60);
  }

  private static Command command(long offset, Instruction instruction) {
    return new Command("eu", 0, offset, 1_000 * offset, false, List.of(instruction));
  }
}
