package io.onceflow.testbed.chaos.job;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Keeps each account's balance: hands the leg on and the balance after it. */
final class RunBalance extends KeyedProcessFunction<Integer, ChaosRow, ChaosRow> {

  private static final long serialVersionUID = 1L;

  private final boolean withBalances;
  private transient ValueState<Long> balance;

  /**
   * @param withBalances false when the sink takes legs only
   */
  RunBalance(boolean withBalances) {
    this.withBalances = withBalances;
  }

  @Override
  public void open(OpenContext context) {
    CrashHook.install();
    balance = getRuntimeContext().getState(new ValueStateDescriptor<>("balance", Types.LONG));
  }

  @Override
  public void processElement(ChaosRow row, Context context, Collector<ChaosRow> out)
      throws Exception {
    out.collect(row);
    var before = balance.value() == null ? 0 : balance.value();
    var after = before + ((ChaosRow.Leg) row).amount();
    balance.update(after);
    if (withBalances) {
      out.collect(new ChaosRow.Balance(context.getCurrentKey(), after));
    }
  }
}
