/** Reads queues and streams of RabbitMQ, each message once. */
package io.onceflow.common.source.rabbitmq;
