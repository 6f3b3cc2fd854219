package io.onceflow.ledger;

import java.time.Duration;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Runs a {@link Ledger} per key, which is the command's group, on the task thread.
 *
 * <p>Transfers and results leave as they happen. An account leaves once per checkpoint, just before
 * the barrier, however often it changed: its row is an upsert, and a hot account would otherwise be
 * most of the output. What was not sent before a failure is sent again, because the commands that
 * changed the account are replayed.
 */
public final class LedgerOperator extends AbstractStreamOperator<LedgerOutput>
    implements OneInputStreamOperator<Command, LedgerOutput>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  /** Keeps the memory for changed accounts bounded when checkpoints are rare. */
  private static final int MAX_CHANGED_ACCOUNTS = 100_000;

  private final Duration idRetention;
  private transient KeyedLedgerStore store;
  private transient Ledger ledger;

  /**
   * @param idRetention how long ids are remembered in log time; zero = for ever
   */
  public LedgerOperator(Duration idRetention) {
    this.idRetention = idRetention;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    store = new KeyedLedgerStore(getKeyedStateBackend());
    ledger = new Ledger(store, new Journal(new LedgerMetrics(getMetricGroup())), idRetention);
  }

  @Override
  public void processElement(StreamRecord<Command> element) {
    Command command = element.getValue();
    store.select(command.group());
    ledger.execute(command);
    if (store.changedCount() >= MAX_CHANGED_ACCOUNTS) {
      emitAccounts();
    }
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    emitAccounts();
  }

  @Override
  public void endInput() {
    emitAccounts();
  }

  private void emitAccounts() {
    store.drainChanged((group, account) -> emit(new AccountRow(group, account)));
  }

  private void emit(LedgerOutput row) {
    output.collect(new StreamRecord<>(row));
  }

  /** Sends what the ledger writes downstream. */
  private final class Journal implements LedgerJournal {

    private final LedgerMetrics metrics;

    private Journal(LedgerMetrics metrics) {
      this.metrics = metrics;
    }

    @Override
    public void transfer(TransferRow row) {
      metrics.count(row);
      emit(row);
    }

    @Override
    public void result(ResultRow row) {
      metrics.count(row);
      emit(row);
    }
  }
}
