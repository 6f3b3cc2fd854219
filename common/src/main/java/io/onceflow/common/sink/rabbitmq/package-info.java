/** RabbitMQ: streams, exactly once; queues, effectively once. See {@code docs/rabbitmq.md}. */
package io.onceflow.common.sink.rabbitmq;
