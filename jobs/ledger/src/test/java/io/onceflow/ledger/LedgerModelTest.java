package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.GeneratedCommand;
import io.onceflow.ledger.model.Mix;
import io.onceflow.ledger.model.ModelAccount;
import io.onceflow.ledger.model.Posting;
import io.onceflow.ledger.model.ReferenceBook;
import io.onceflow.ledger.model.ReferenceLedger;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random command sequences against the reference model. A failure names its seed and step. */
class LedgerModelTest {

  private static final int COMMANDS = 10_000;

  private final List<TransferRow> transfers = new ArrayList<>();
  private final List<ResultRow> results = new ArrayList<>();
  private final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 42, 20_260_101, -7})
  void everyCommandGivesTheResultAndTheBalancesOfTheModel(long seed) throws DecodeException {
    compare(seed, Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7})
  void forgettingOldIdsChangesNoResult(long seed) throws DecodeException {
    compare(seed, Duration.ofMinutes(1));
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 9, 10})
  void countersThatWouldOverflowAreRefusedAsTheModelDoes(long seed) throws DecodeException {
    compare(seed, CommandGenerator.overflowing(seed, Mix.rough(1)), Duration.ofMinutes(seed % 2));
  }

  @Test
  void theGeneratorReachesEveryResult() throws DecodeException {
    for (long seed = 100; seed < 104; seed++) {
      compare(seed, Duration.ofMinutes(seed % 2));
      compare(seed, CommandGenerator.overflowing(seed, Mix.rough(1)), Duration.ofMinutes(seed % 2));
    }
    assertThat(EnumSet.complementOf(EnumSet.copyOf(seen))).isEmpty();
  }

  private void compare(long seed, Duration retention) throws DecodeException {
    compare(seed, new CommandGenerator(seed, Mix.rough(1)), retention);
  }

  private void compare(long seed, CommandGenerator generator, Duration retention)
      throws DecodeException {
    CommandDecoder decoder =
        new CommandDecoder(CommandDecoder.DEFAULT_MAX_BYTES, !retention.isZero());
    ReferenceLedger model = new ReferenceLedger(retention);
    MapLedgerStore store = new MapLedgerStore();
    Ledger ledger = new Ledger(store, new Collected(), retention);
    DoubleEntryInvariants invariants = new DoubleEntryInvariants();
    int journal = 0;
    for (int step = 0; step < COMMANDS; step++) {
      GeneratedCommand generated = generator.next();
      RawRecord record = generated.at(step % 3, step);
      Optional<List<ResultRow>> expected = model.accept(record);
      assertThat(expected.isPresent()).isEqualTo(generated.wellFormed());
      if (expected.isEmpty()) {
        continue;
      }
      Command command = decoder.decode(record);
      transfers.clear();
      results.clear();
      ledger.execute(command);
      String context = "seed " + seed + ", step " + step + ": " + new String(generated.json());
      assertThat(results).as(context).isEqualTo(expected.get());
      ReferenceBook book = model.books().get(command.group());
      assertThat(transfers).as(context).allMatch(row -> row.group().equals(command.group()));
      assertThat(transfers.stream().map(LedgerModelTest::posting))
          .as(context)
          .isEqualTo(book.postings().subList(journal, book.postings().size()));
      journal = book.postings().size();
      assertSameAccounts(context, store.accounts, book.accounts());
      invariants.check(command, transfers, results, store.accounts);
      results.forEach(row -> seen.add(row.result()));
    }
  }

  static Posting posting(TransferRow row) {
    return new Posting(
        row.seq(),
        row.id(),
        row.kind().text(),
        row.pendingId(),
        row.debit(),
        row.credit(),
        BigInteger.valueOf(row.amount()),
        BigInteger.valueOf(row.postedDelta()),
        BigInteger.valueOf(row.pendingDelta()),
        row.ledger(),
        row.code(),
        row.timeoutSeconds(),
        row.logTimeMs(),
        row.partition(),
        row.offset());
  }

  static void assertSameAccounts(
      String context, Map<Long, Account> actual, Map<Long, ModelAccount> expected) {
    assertThat(actual.keySet()).as(context).isEqualTo(expected.keySet());
    actual.forEach(
        (id, account) -> {
          ModelAccount model = expected.get(id);
          String counters =
              account.debitsPending()
                  + " "
                  + account.debitsPosted()
                  + " "
                  + account.creditsPending()
                  + " "
                  + account.creditsPosted();
          assertThat(counters).as(context).isEqualTo(model.counters());
          assertThat(account.closed()).as(context).isEqualTo(model.closed());
          assertThat(account.changedAtMs()).as(context).isEqualTo(model.changedAtMs());
          assertThat(new Instruction.Open(id, account.ledger(), account.code(), account.flags()))
              .as(context)
              .isEqualTo(model.opened());
        });
  }

  private final class Collected implements LedgerJournal {
    @Override
    public void transfer(TransferRow row) {
      transfers.add(row);
    }

    @Override
    public void result(ResultRow row) {
      results.add(row);
    }
  }
}
