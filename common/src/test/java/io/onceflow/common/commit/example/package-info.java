/**
 * The worked example of {@code docs/write-your-own-store.md}, and the conformance suite over it.
 */
package io.onceflow.common.commit.example;
