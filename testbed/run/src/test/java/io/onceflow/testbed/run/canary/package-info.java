/**
 * The canary: one real run of the ledger job over TLS with a recognisable password, through faults,
 * and a search for that password wherever a run leaves bytes.
 */
package io.onceflow.testbed.run.canary;
