/**
 * The local run: real servers, a generator, the job in a MiniCluster, a live view, and at the end a
 * check of every command by readers that share no code with the job's sinks.
 */
package io.onceflow.testbed.run;
