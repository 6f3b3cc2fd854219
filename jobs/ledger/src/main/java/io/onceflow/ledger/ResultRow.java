package io.onceflow.ledger;

import java.util.UUID;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A row of {@code ledger.results}: the final result of a command, or of one leg of a chain.
 *
 * @param partition with offset and leg the key: one result per occurrence of a command
 * @param leg 0 for a command alone
 * @param id the transfer id, or null for open and close
 * @param account the account opened or closed, or 0
 * @param seq of the transfer that was created or that exists already, or 0
 */
@TypeInfo(LedgerTypes.ResultFactory.class)
public record ResultRow(
    int partition,
    long offset,
    int leg,
    String group,
    UUID id,
    long account,
    ResultCode result,
    long seq,
    long logTimeMs)
    implements LedgerOutput {}
