/**
 * The conformance suite: what every store must do on its real server, as abstract JUnit classes.
 * See {@code docs/write-your-own-store.md} for how to run it over a store.
 */
package io.onceflow.common.commit.conformance;
