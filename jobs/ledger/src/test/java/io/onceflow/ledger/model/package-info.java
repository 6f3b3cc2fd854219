/**
 * What the ledger is checked against: a naive model, a seeded generator and the invariants of
 * double entry.
 */
package io.onceflow.ledger.model;
