package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.source.DecodeException;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The invariants alone, without the model, have to notice a ledger that is broken in one place. */
class MutantsTest {

  /** Some defects show only when the dice fall right, so they have a few chances. */
  private static final int SEEDS = 5;

  /** A defect, seeded between the rules and the state. */
  enum Defect {
    LOSES_A_CREDIT,
    FORGETS_A_LIMIT,
    FORGETS_IDS,
    FORGETS_BURNED_IDS,
    REOPENS_ACCOUNTS,
    RESOLVES_TWICE,
    SKIPS_A_SEQUENCE_NUMBER,
    LOSES_A_RESULT,
    REPEATS_A_TRANSFER
  }

  @ParameterizedTest
  @EnumSource(Defect.class)
  void aBrokenLedgerIsNoticed(Defect defect) {
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed <= SEEDS; seed++) {
                run(defect, seed);
              }
            })
        .isInstanceOf(AssertionError.class);
  }

  private static void run(Defect defect, long seed) throws DecodeException {
    CommandGenerator generator = new CommandGenerator(seed, Mix.rough(1));
    CommandDecoder decoder = new CommandDecoder();
    Broken broken = new Broken(defect);
    Ledger ledger = new Ledger(broken, broken, Duration.ZERO);
    DoubleEntryInvariants invariants = new DoubleEntryInvariants();
    for (int step = 0; step < 10_000; step++) {
      Command command;
      try {
        command = decoder.decode(generator.next().at(0, step));
      } catch (DecodeException e) {
        continue;
      }
      broken.transfers.clear();
      broken.results.clear();
      ledger.execute(command);
      invariants.check(command, broken.transfers, broken.results, broken.store.accounts);
    }
  }

  /** A store and journal with a defect that shows now and then. */
  private static final class Broken implements LedgerStore, LedgerJournal {

    private final Defect defect;
    private final MapLedgerStore store = new MapLedgerStore();
    private final List<TransferRow> transfers = new ArrayList<>();
    private final List<ResultRow> results = new ArrayList<>();
    private int calls;

    private Broken(Defect defect) {
      this.defect = defect;
    }

    private boolean strikes(Defect which) {
      return defect == which && ++calls % 50 == 0;
    }

    @Override
    public void transfer(TransferRow row) {
      transfers.add(row);
      if (strikes(Defect.REPEATS_A_TRANSFER)) {
        transfers.add(row);
      }
    }

    @Override
    public void result(ResultRow row) {
      if (!strikes(Defect.LOSES_A_RESULT)) {
        results.add(row);
      }
    }

    @Override
    public LedgerHeader header() {
      LedgerHeader header = store.header();
      return strikes(Defect.SKIPS_A_SEQUENCE_NUMBER)
          ? new LedgerHeader(
              header.logTimeMs(), header.nextSeq() + 1, header.nextDueSecond(), DueIndex.NONE, 0)
          : header;
    }

    @Override
    public void putHeader(LedgerHeader header) {
      store.putHeader(header);
    }

    @Override
    public Account account(long id) {
      Account account = store.account(id);
      if (account != null && strikes(Defect.FORGETS_A_LIMIT)) {
        return with(account, 0, account.closed());
      } else if (account != null && account.closed() && strikes(Defect.REOPENS_ACCOUNTS)) {
        return with(account, account.flags(), false);
      }
      return account;
    }

    private static Account with(Account account, int flags, boolean closed) {
      return new Account(
          account.id(),
          account.ledger(),
          account.code(),
          flags,
          closed,
          account.debitsPending(),
          account.debitsPosted(),
          account.creditsPending(),
          account.creditsPosted(),
          account.changedAtMs());
    }

    @Override
    public void putAccount(Account account) {
      Account before = store.account(account.id());
      boolean credited = before != null && before.creditsPosted() != account.creditsPosted();
      if (!credited || !strikes(Defect.LOSES_A_CREDIT)) {
        store.putAccount(account);
      }
    }

    @Override
    public TransferState transfer(UUID id) {
      TransferState transfer = store.transfer(id);
      boolean failed = transfer != null && transfer.kind() == TransferKind.FAILED;
      if (transfer != null && strikes(Defect.FORGETS_IDS)
          || failed && strikes(Defect.FORGETS_BURNED_IDS)) {
        return null;
      } else if (transfer != null
          && transfer.status() == PendingStatus.POSTED
          && strikes(Defect.RESOLVES_TWICE)) {
        return transfer.resolved(PendingStatus.PENDING);
      }
      return transfer;
    }

    @Override
    public void putTransfer(UUID id, TransferState transfer) {
      store.putTransfer(id, transfer);
    }

    @Override
    public long word(long key) {
      return store.word(key);
    }

    @Override
    public void putWord(long key, long bits) {
      store.putWord(key, bits);
    }

    @Override
    public UUID slot(long key) {
      return store.slot(key);
    }

    @Override
    public void putSlot(long key, UUID id) {
      store.putSlot(key, id);
    }
  }
}
