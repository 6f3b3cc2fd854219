/** Producers with outboxes and a job with selective retry, each in a process that is killed. */
package io.onceflow.testbed.run.outbox;
