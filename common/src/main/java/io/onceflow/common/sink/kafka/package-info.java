/**
 * Kafka as a store. {@link io.onceflow.common.sink.kafka.KafkaSinks} makes a sink from a
 * configuration; {@link io.onceflow.common.sink.kafka.KafkaStore} is strategy STAGED: one short
 * transaction per epoch that holds the records and their {@link
 * io.onceflow.common.sink.kafka.CommitMarker}. Flink's own Kafka sink, which keeps a transaction
 * open between checkpoints, can be chosen instead. What is promised, and the commands: {@code
 * docs/kafka.md}; why it holds: {@code docs/algorithms.md}.
 */
package io.onceflow.common.sink.kafka;
