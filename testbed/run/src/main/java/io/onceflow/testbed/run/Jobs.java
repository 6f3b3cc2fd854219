package io.onceflow.testbed.run;

import io.onceflow.common.job.Job;
import io.onceflow.ledger.LedgerMain;

/** The jobs that can be run. */
final class Jobs {

  private Jobs() {}

  static Job<?> byName(String name) {
    RunOptions.require(
        name.equals("ledger"), "--job " + name, "there is one job for a run: ledger");
    return new LedgerMain();
  }
}
