/** What was sent, written down before it was sent: the truth that the oracles compare with. */
package io.onceflow.testbed.chaos.truth;
