/** The final check: sent commands, topics and tables compared row by row, and what is in doubt. */
package io.onceflow.testbed.run.check;
