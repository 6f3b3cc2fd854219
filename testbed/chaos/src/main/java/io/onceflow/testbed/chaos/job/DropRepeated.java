package io.onceflow.testbed.chaos.job;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Lets each transfer pass once, by its number in its key, and refuses to go on over a gap: the
 * source must not have lost what the sink is asked about.
 */
final class DropRepeated extends KeyedProcessFunction<Integer, Transfer, Transfer> {

  private static final long serialVersionUID = 1L;

  private transient ValueState<Long> newest;

  @Override
  public void open(OpenContext context) {
    CrashHook.install();
    newest = getRuntimeContext().getState(new ValueStateDescriptor<>("newest-seq", Types.LONG));
  }

  @Override
  public void processElement(Transfer transfer, Context context, Collector<Transfer> out)
      throws Exception {
    var known = newest.value() == null ? 0 : newest.value();
    if (transfer.seq() <= known) {
      return;
    }
    if (transfer.seq() != known + 1) {
      throw new IllegalStateException(
          "Key %d goes from %d to %d: the input or the state has lost what is between."
              .formatted(transfer.key(), known, transfer.seq()));
    }
    newest.update(transfer.seq());
    out.collect(transfer);
  }
}
