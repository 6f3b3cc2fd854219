/** The oracles: they read at the servers themselves and know nothing of the job's own view. */
package io.onceflow.testbed.chaos.check;
