package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.ledger.model.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Watches one group's ledger from outside and checks, after every command, what has to hold for any
 * double entry.
 */
final class DoubleEntryInvariants {

  private final Map<Long, Account> before = new HashMap<>();
  private final Map<Long, long[]> sums = new HashMap<>();
  private final Set<UUID> created = new HashSet<>();
  private final Set<UUID> refusedForGood = new HashSet<>();
  private final Map<UUID, TransferRow> pendings = new HashMap<>();
  private final Set<UUID> resolved = new HashSet<>();
  private long seq;
  private long logTimeMs;

  /** Checks what one command did. */
  void check(
      Command command, List<TransferRow> rows, List<ResultRow> results, Map<Long, Account> now) {
    everyLegHasExactlyOneResult(command, results);
    for (TransferRow row : rows) {
      theSequenceIsDense(row);
      theLogTimeNeverGoesBack(row);
      aTransferHasTwoDifferentAccountsOfItsLedger(row, now);
      anIdIsUsedOnce(row);
      aPendingTransferIsResolvedOnceAndExactly(row);
      aClosedAccountTakesNothingNew(row);
      sum(row);
    }
    aResultHasItsTransfer(rows, results);
    aBurnedIdStaysBurned(results);
    aRefusedCommandChangesNothing(rows, results);
    accountsAreNeverRewritten(now);
    postedCountersOnlyGrow(now);
    noCounterIsNegative(now);
    noAccountIsBeyondItsLimit(now);
    balancesAreTheSumOfTheTransfers(now);
    debitsEqualCredits(now);
    before.clear();
    before.putAll(now);
  }

  private static void everyLegHasExactlyOneResult(Command command, List<ResultRow> results) {
    assertThat(results).hasSameSizeAs(command.legs());
    for (int leg = 0; leg < results.size(); leg++) {
      assertThat(results.get(leg).leg()).isEqualTo(leg);
      assertThat(results.get(leg).offset()).isEqualTo(command.offset());
    }
    if (command.chain()) {
      boolean any = results.stream().anyMatch(row -> Verdict.isSuccess(row.result()));
      boolean all = results.stream().allMatch(row -> Verdict.isSuccess(row.result()));
      assertThat(any).as("a chain succeeds or fails as one").isEqualTo(all);
    }
  }

  private void theSequenceIsDense(TransferRow row) {
    assertThat(row.seq()).isEqualTo(++seq);
  }

  private void theLogTimeNeverGoesBack(TransferRow row) {
    assertThat(row.logTimeMs()).isGreaterThanOrEqualTo(logTimeMs);
    logTimeMs = row.logTimeMs();
  }

  private static void aTransferHasTwoDifferentAccountsOfItsLedger(
      TransferRow row, Map<Long, Account> now) {
    assertThat(row.debit()).isNotEqualTo(row.credit());
    assertThat(row.amount()).isPositive();
    assertThat(now.get(row.debit()).ledger()).isEqualTo(row.ledger());
    assertThat(now.get(row.credit()).ledger()).isEqualTo(row.ledger());
  }

  private void anIdIsUsedOnce(TransferRow row) {
    assertThat(created.add(row.id())).as("id %s is new", row.id()).isTrue();
    assertThat(refusedForGood).doesNotContain(row.id());
    assertThat(row.id().version() == LedgerIds.OWN_VERSION)
        .isEqualTo(row.kind() == TransferKind.EXPIRE);
  }

  private void aPendingTransferIsResolvedOnceAndExactly(TransferRow row) {
    if (row.kind() == TransferKind.PENDING) {
      pendings.put(row.id(), row);
    } else if (row.pendingId() != null) {
      TransferRow pending = pendings.get(row.pendingId());
      assertThat(resolved.add(row.pendingId())).isTrue();
      assertThat(row.pendingDelta()).isEqualTo(-pending.pendingDelta());
      assertThat(row.postedDelta()).isBetween(0L, pending.amount());
      assertThat(row.debit()).isEqualTo(pending.debit());
      assertThat(row.credit()).isEqualTo(pending.credit());
    }
  }

  private void aClosedAccountTakesNothingNew(TransferRow row) {
    boolean closed =
        before.containsKey(row.debit()) && before.get(row.debit()).closed()
            || before.containsKey(row.credit()) && before.get(row.credit()).closed();
    if (closed) {
      assertThat(row.kind()).isIn(TransferKind.VOID, TransferKind.EXPIRE);
    }
  }

  private void sum(TransferRow row) {
    long[] debit = sums.computeIfAbsent(row.debit(), key -> new long[4]);
    long[] credit = sums.computeIfAbsent(row.credit(), key -> new long[4]);
    debit[0] = Math.addExact(debit[0], row.pendingDelta());
    debit[1] = Math.addExact(debit[1], row.postedDelta());
    credit[2] = Math.addExact(credit[2], row.pendingDelta());
    credit[3] = Math.addExact(credit[3], row.postedDelta());
  }

  private static void aResultHasItsTransfer(List<TransferRow> rows, List<ResultRow> results) {
    List<UUID> made =
        rows.stream()
            .filter(row -> row.kind() != TransferKind.EXPIRE)
            .map(TransferRow::id)
            .toList();
    List<UUID> reported = new ArrayList<>();
    for (ResultRow row : results) {
      if (row.result() == ResultCode.CREATED && row.id() != null) {
        reported.add(row.id());
      }
    }
    assertThat(made).isEqualTo(reported);
  }

  private void aBurnedIdStaysBurned(List<ResultRow> results) {
    for (ResultRow row : results) {
      if (Verdict.burnsId(row.result())) {
        refusedForGood.add(row.id());
      } else if (Verdict.isSuccess(row.result()) && row.id() != null) {
        assertThat(refusedForGood).doesNotContain(row.id());
      }
    }
  }

  private void aRefusedCommandChangesNothing(List<TransferRow> rows, List<ResultRow> results) {
    if (results.stream().noneMatch(row -> row.result() == ResultCode.CREATED)) {
      assertThat(rows).allMatch(row -> row.kind() == TransferKind.EXPIRE);
    }
  }

  private void accountsAreNeverRewritten(Map<Long, Account> now) {
    before.forEach(
        (id, old) -> {
          Account account = now.get(id);
          assertThat(account).isNotNull();
          assertThat(account.ledger()).isEqualTo(old.ledger());
          assertThat(account.code()).isEqualTo(old.code());
          assertThat(account.flags()).isEqualTo(old.flags());
          assertThat(!old.closed() || account.closed()).as("never reopened").isTrue();
        });
  }

  private void postedCountersOnlyGrow(Map<Long, Account> now) {
    before.forEach(
        (id, old) -> {
          assertThat(now.get(id).debitsPosted()).isGreaterThanOrEqualTo(old.debitsPosted());
          assertThat(now.get(id).creditsPosted()).isGreaterThanOrEqualTo(old.creditsPosted());
        });
  }

  private static void noCounterIsNegative(Map<Long, Account> now) {
    for (Account account : now.values()) {
      assertThat(account.debitsPending()).isNotNegative();
      assertThat(account.debitsPosted()).isNotNegative();
      assertThat(account.creditsPending()).isNotNegative();
      assertThat(account.creditsPosted()).isNotNegative();
    }
  }

  private static void noAccountIsBeyondItsLimit(Map<Long, Account> now) {
    for (Account account : now.values()) {
      if (account.has(Account.DEBITS_MUST_NOT_EXCEED_CREDITS)) {
        assertThat(Math.addExact(account.debitsPending(), account.debitsPosted()))
            .isLessThanOrEqualTo(account.creditsPosted());
      }
      if (account.has(Account.CREDITS_MUST_NOT_EXCEED_DEBITS)) {
        assertThat(Math.addExact(account.creditsPending(), account.creditsPosted()))
            .isLessThanOrEqualTo(account.debitsPosted());
      }
    }
  }

  private void balancesAreTheSumOfTheTransfers(Map<Long, Account> now) {
    for (Account account : now.values()) {
      long[] sum = sums.getOrDefault(account.id(), new long[4]);
      assertThat(
              new long[] {
                account.debitsPending(),
                account.debitsPosted(),
                account.creditsPending(),
                account.creditsPosted()
              })
          .isEqualTo(sum);
    }
  }

  private static void debitsEqualCredits(Map<Long, Account> now) {
    Map<Integer, long[]> perLedger = new HashMap<>();
    for (Account account : now.values()) {
      long[] difference = perLedger.computeIfAbsent(account.ledger(), key -> new long[2]);
      difference[0] += account.debitsPending() - account.creditsPending();
      difference[1] += account.debitsPosted() - account.creditsPosted();
    }
    perLedger.forEach((ledger, difference) -> assertThat(difference).containsOnly(0));
  }
}
