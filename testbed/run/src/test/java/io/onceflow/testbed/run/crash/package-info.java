/**
 * The table of crash points: a job in a JVM of its own is halted at every named step of every
 * protocol, on real servers, and goes on from the newest checkpoint that was registered.
 */
package io.onceflow.testbed.run.crash;
