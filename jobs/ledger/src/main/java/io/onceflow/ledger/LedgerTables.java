package io.onceflow.ledger;

import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.time.Instant;

/** How the ledger's rows become rows of {@code flink-conf/sql/ledger.sql}. */
public final class LedgerTables {

  private LedgerTables() {}

  /** All three tables in one database. */
  public static PostgresStore<LedgerOutput> at(PostgresConfig database) {
    return PostgresStore.<LedgerOutput>at(database)
        .table(TransferRow.class, transfers())
        .table(AccountRow.class, accounts())
        .table(ResultRow.class, results());
  }

  private static PostgresTable<TransferRow> transfers() {
    return PostgresTable.<TransferRow>named("ledger.transfers")
        .text("grp", TransferRow::group)
        .bigint("seq", TransferRow::seq)
        .uuid("id", TransferRow::id)
        .text("kind", row -> row.kind().text())
        .uuid("pending_id", TransferRow::pendingId)
        .bigint("debit", TransferRow::debit)
        .bigint("credit", TransferRow::credit)
        .bigint("amount", TransferRow::amount)
        .bigint("posted_delta", TransferRow::postedDelta)
        .bigint("pending_delta", TransferRow::pendingDelta)
        .integer("ledger", TransferRow::ledger)
        .integer("code", TransferRow::code)
        .integer("timeout_seconds", TransferRow::timeoutSeconds)
        .timestamptz("log_time", row -> Instant.ofEpochMilli(row.logTimeMs()))
        .integer("topic_partition", TransferRow::partition)
        .bigint("record_offset", TransferRow::offset);
  }

  private static PostgresTable<AccountRow> accounts() {
    return PostgresTable.<AccountRow>named("ledger.accounts")
        .text("grp", AccountRow::group)
        .bigint("account", row -> row.account().id())
        .integer("ledger", row -> row.account().ledger())
        .integer("code", row -> row.account().code())
        .bool(
            "debits_must_not_exceed_credits",
            row -> row.account().has(Account.DEBITS_MUST_NOT_EXCEED_CREDITS))
        .bool(
            "credits_must_not_exceed_debits",
            row -> row.account().has(Account.CREDITS_MUST_NOT_EXCEED_DEBITS))
        .bool("closed", row -> row.account().closed())
        .bigint("debits_pending", row -> row.account().debitsPending())
        .bigint("debits_posted", row -> row.account().debitsPosted())
        .bigint("credits_pending", row -> row.account().creditsPending())
        .bigint("credits_posted", row -> row.account().creditsPosted())
        .timestamptz("log_time", row -> Instant.ofEpochMilli(row.account().changedAtMs()))
        .upsertOn("grp", "account");
  }

  private static PostgresTable<ResultRow> results() {
    return PostgresTable.<ResultRow>named("ledger.results")
        .integer("topic_partition", ResultRow::partition)
        .bigint("record_offset", ResultRow::offset)
        .integer("leg", ResultRow::leg)
        .text("grp", ResultRow::group)
        .uuid("id", ResultRow::id)
        .bigint("account", row -> nullIfZero(row.account()))
        .text("result", row -> row.result().text())
        .bigint("seq", row -> nullIfZero(row.seq()))
        .timestamptz("log_time", row -> Instant.ofEpochMilli(row.logTimeMs()));
  }

  private static Long nullIfZero(long value) {
    return value == 0 ? null : value;
  }
}
