/** The job that carries messages between RabbitMQ and Kafka, and to a webhook. */
package io.onceflow.relay;
