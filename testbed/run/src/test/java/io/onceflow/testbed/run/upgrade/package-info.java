/** Savepoints of earlier versions, and what they become in this one. */
package io.onceflow.testbed.run.upgrade;
