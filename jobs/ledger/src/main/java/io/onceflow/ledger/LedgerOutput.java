package io.onceflow.ledger;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/** A row for one of the ledger's tables. */
@TypeInfo(LedgerTypes.OutputFactory.class)
public sealed interface LedgerOutput permits TransferRow, AccountRow, ResultRow {

  /** The group that the row belongs to. */
  String group();
}
