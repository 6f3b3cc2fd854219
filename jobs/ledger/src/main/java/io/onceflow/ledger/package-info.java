/**
 * The ledger job: double entry on a stream. {@link io.onceflow.ledger.Ledger} is the logic, free of
 * Flink; {@link io.onceflow.ledger.LedgerOperator} runs it over Flink's keyed state; {@link
 * io.onceflow.ledger.LedgerJob} is the topology. The commands, results and tables are described in
 * {@code docs/ledger.md}.
 */
package io.onceflow.ledger;
