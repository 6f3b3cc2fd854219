/**
 * Where commands come from and how they get to Kafka; every one is written down before it is sent.
 */
package io.onceflow.testbed.run.load;
