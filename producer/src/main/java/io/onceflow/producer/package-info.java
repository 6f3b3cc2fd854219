/**
 * The producer's side of selective retry: messages wait in an {@link io.onceflow.producer.Outbox}
 * until the job has said for good what has become of them, and an {@link
 * io.onceflow.producer.OutboxSender} sends them as often as that takes. Knows nothing of Flink.
 */
package io.onceflow.producer;
