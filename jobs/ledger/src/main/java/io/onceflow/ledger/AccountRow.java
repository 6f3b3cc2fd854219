package io.onceflow.ledger;

/**
 * A row of {@code ledger.accounts}: an account as it is at the end of an epoch. Upserted by (group,
 * account id).
 */
public record AccountRow(String group, Account account) implements LedgerOutput {}
