package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.source.DecodeException;
import io.onceflow.ledger.OperatorHarness.Backend;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import io.onceflow.ledger.model.ReferenceLedger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LedgerOperatorTest {

  private final List<ResultRow> expected = new ArrayList<>();
  private final Map<String, Map<Long, Account>> accounts = new TreeMap<>();
  private final List<ResultRow> results = new ArrayList<>();
  private final Map<String, List<TransferRow>> transfers = new TreeMap<>();

  @ParameterizedTest
  @CsvSource({
    "HEAP, PT0S, 1",
    "HEAP, PT0S, 2",
    "HEAP, PT1M, 3",
    "HEAP, PT1M, 12",
    "ROCKSDB, PT0S, 4",
    "ROCKSDB, PT1M, 5"
  })
  void snapshotsAndRestoresAnywhereChangeNothing(Backend backend, Duration idRetention, long seed)
      throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Command> commands = commands(seed, 10_000, 3);
    OperatorHarness subtask = OperatorHarness.fresh(backend, idRetention);
    for (int i = 0; i < commands.size(); i++) {
      subtask.process(commands.get(i));
      if (random.nextInt(1_000) == 0) {
        OperatorSubtaskState state = subtask.snapshot(i);
        List<LedgerOutput> rows = subtask.drain();
        rows.forEach(this::take);
        // What runs on after the checkpoint and is lost with the crash must leave no trace.
        int lost = Math.min(commands.size(), i + 1 + random.nextInt(200));
        for (Command command : commands.subList(i + 1, lost)) {
          subtask.process(command);
        }
        subtask.close();
        subtask = OperatorHarness.restored(backend, idRetention, state);
      }
    }
    subtask.snapshot(commands.size());
    subtask.drain().forEach(this::take);
    subtask.close();
    assertModel(seed, idRetention, commands);
  }

  @ParameterizedTest
  @CsvSource({"HEAP, PT0S", "HEAP, PT1M", "ROCKSDB, PT0S", "ROCKSDB, PT1M"})
  void aReplayAfterACrashGivesTheSameRows(Backend backend, Duration idRetention) throws Exception {
    List<Command> commands = commands(9, 2_000, 2);
    OperatorHarness subtask = OperatorHarness.fresh(backend, idRetention);
    for (Command command : commands.subList(0, 1_000)) {
      subtask.process(command);
    }
    OperatorSubtaskState state = subtask.snapshot(1);
    subtask.drain();
    List<LedgerOutput> first = finish(subtask, commands.subList(1_000, 2_000));
    OperatorHarness again = OperatorHarness.restored(backend, idRetention, state);
    assertThat(finish(again, commands.subList(1_000, 2_000))).isEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource({"HEAP, PT0S", "HEAP, PT1M", "ROCKSDB, PT0S", "ROCKSDB, PT1M"})
  void theStateMovesToMoreAndToFewerSubtasks(Backend backend, Duration idRetention)
      throws Exception {
    long seed = 11;
    List<Command> commands = commands(seed, 6_000, 8);
    OperatorSubtaskState state = run(backend, idRetention, commands.subList(0, 2_000), 1, null);
    state = run(backend, idRetention, commands.subList(2_000, 4_000), 3, state);
    run(backend, idRetention, commands.subList(4_000, commands.size()), 2, state);
    assertModel(seed, idRetention, commands);
  }

  @Test
  void anAccountIsSentOncePerCheckpointAndOnlyWhenItChanged() throws Exception {
    try (OperatorHarness subtask = OperatorHarness.fresh(Backend.HEAP, Duration.ZERO)) {
      subtask.process(command(0, ScriptedLedger.open(1, 0)));
      subtask.process(command(1, ScriptedLedger.open(2, 0)));
      for (int i = 2; i < 12; i++) {
        subtask.process(command(i, ScriptedLedger.transfer(i, 1, 2, 5)));
      }
      assertThat(subtask.drain()).noneMatch(AccountRow.class::isInstance);
      subtask.snapshot(1);
      assertThat(subtask.drain())
          .extracting(row -> ((AccountRow) row).account().id())
          .containsExactly(1L, 2L);
      subtask.snapshot(2);
      assertThat(subtask.drain()).isEmpty();
      subtask.process(command(12, new Instruction.Close(2)));
      subtask.harness.endInput();
      assertThat(subtask.drain())
          .filteredOn(AccountRow.class::isInstance)
          .containsExactly(
              new AccountRow("eu", new Account(2, 978, 1, 0, true, 0, 0, 0, 50, 1_000)));
    }
  }

  private static Command command(long offset, Instruction instruction) {
    return new Command("eu", 0, offset, 1_000, false, List.of(instruction));
  }

  private static List<LedgerOutput> finish(OperatorHarness subtask, List<Command> commands)
      throws Exception {
    try (subtask) {
      for (Command command : commands) {
        subtask.process(command);
      }
      subtask.harness.endInput();
      return subtask.drain();
    }
  }

  /** Runs commands on so many subtasks and gives back all their state. */
  private OperatorSubtaskState run(
      Backend backend,
      Duration idRetention,
      List<Command> commands,
      int parallelism,
      OperatorSubtaskState state)
      throws Exception {
    List<OperatorHarness> subtasks = new ArrayList<>();
    for (int subtask = 0; subtask < parallelism; subtask++) {
      OperatorHarness opened = new OperatorHarness(backend, idRetention, parallelism, subtask);
      opened.open(state == null ? null : part(state, parallelism, subtask));
      subtasks.add(opened);
    }
    for (Command command : commands) {
      int subtask =
          KeyGroupRangeAssignment.assignKeyToParallelOperator(
              command.group(), OperatorHarness.MAX_PARALLELISM, parallelism);
      subtasks.get(subtask).process(command);
    }
    OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
    for (int subtask = 0; subtask < parallelism; subtask++) {
      states[subtask] = subtasks.get(subtask).snapshot(1);
      subtasks.get(subtask).drain().forEach(this::take);
      subtasks.get(subtask).close();
    }
    return AbstractStreamOperatorTestHarness.repackageState(states);
  }

  private static OperatorSubtaskState part(
      OperatorSubtaskState state, int parallelism, int subtask) {
    return AbstractStreamOperatorTestHarness.repartitionOperatorState(
        state, OperatorHarness.MAX_PARALLELISM, 1, parallelism, subtask);
  }

  private void take(LedgerOutput row) {
    if (row instanceof TransferRow transfer) {
      transfers.computeIfAbsent(row.group(), group -> new ArrayList<>()).add(transfer);
    } else if (row instanceof AccountRow account) {
      accounts
          .computeIfAbsent(row.group(), group -> new TreeMap<>())
          .put(account.account().id(), account.account());
    } else {
      results.add((ResultRow) row);
    }
  }

  private void assertModel(long seed, Duration idRetention, List<Command> commands) {
    ReferenceLedger model = new ReferenceLedger(idRetention);
    commands.forEach(command -> expected.addAll(model.execute(command)));
    String context = "seed " + seed;
    assertThat(byOrigin(results)).as(context).isEqualTo(byOrigin(expected));
    assertThat(results).as(context).hasSameSizeAs(expected);
    assertThat(results.stream().anyMatch(row -> row.result() == ResultCode.ID_TOO_OLD))
        .as("%s: ids are forgotten", context)
        .isEqualTo(!idRetention.isZero());
    model
        .books()
        .forEach(
            (group, book) -> {
              assertThat(transfers.get(group).stream().map(LedgerModelTest::posting))
                  .as(context)
                  .isEqualTo(book.postings());
              LedgerModelTest.assertSameAccounts(context, accounts.get(group), book.accounts());
            });
  }

  private static Map<String, ResultRow> byOrigin(List<ResultRow> rows) {
    Map<String, ResultRow> map = new HashMap<>();
    rows.forEach(row -> map.put(row.offset() + "/" + row.leg(), row));
    return map;
  }

  private static List<Command> commands(long seed, int count, int groups) {
    CommandGenerator generator = new CommandGenerator(seed, Mix.rough(groups));
    CommandDecoder decoder = new CommandDecoder();
    List<Command> commands = new ArrayList<>();
    for (int offset = 0; commands.size() < count; offset++) {
      try {
        commands.add(decoder.decode(generator.next().at(0, offset)));
      } catch (DecodeException e) {
        assertThat(e.code()).isNotEmpty();
      }
    }
    return commands;
  }
}
