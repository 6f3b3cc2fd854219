package io.onceflow.testbed.chaos.job;

import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/** Makes the two legs of a transfer. */
final class SplitLegs implements FlatMapFunction<Transfer, ChaosRow> {

  private static final long serialVersionUID = 1L;

  @Override
  public void flatMap(Transfer transfer, Collector<ChaosRow> out) {
    for (var leg = 0; leg < 2; leg++) {
      out.collect(
          new ChaosRow.Leg(
              transfer.key(),
              transfer.seq(),
              leg,
              transfer.account(leg),
              transfer.amount(leg),
              transfer.crc()));
    }
  }
}
