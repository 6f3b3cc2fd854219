/**
 * Selective retry with Kafka around it: messages and controls from records, everything that leaves
 * it as records. The formats are those of {@link io.onceflow.producer.wire}.
 */
package io.onceflow.common.retry.kafka;
