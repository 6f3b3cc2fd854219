package io.onceflow.ledger;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * The counters of a ledger operator. {@code results = succeeded + refused}, and one per command or
 * leg.
 */
final class LedgerMetrics {

  private final Counter succeeded;
  private final Counter refused;
  private final Counter transfers;
  private final Counter expired;

  LedgerMetrics(MetricGroup operator) {
    MetricGroup group = operator.addGroup("ledger");
    succeeded = group.counter("succeeded");
    refused = group.counter("refused");
    transfers = group.counter("transfers");
    expired = group.counter("expired");
  }

  void count(ResultRow row) {
    (row.result().isSuccess() ? succeeded : refused).inc();
  }

  void count(TransferRow row) {
    (row.kind() == TransferKind.EXPIRE ? expired : transfers).inc();
  }
}
