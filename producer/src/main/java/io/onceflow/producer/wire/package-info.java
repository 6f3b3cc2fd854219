/**
 * What producers and the selective retry of a job say to each other, as Kafka records: messages one
 * way ({@link io.onceflow.producer.wire.MessageFormat}), replies the other ({@link
 * io.onceflow.producer.wire.ReplyFormat}), and dead letters with their history ({@link
 * io.onceflow.producer.wire.DeadMessageFormat}). Written here once and read by both sides.
 */
package io.onceflow.producer.wire;
