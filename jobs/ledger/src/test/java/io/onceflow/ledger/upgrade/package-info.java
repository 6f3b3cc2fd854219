/** What a savepoint needs of a job's next release: its graph, its state, its fixtures. */
package io.onceflow.ledger.upgrade;
