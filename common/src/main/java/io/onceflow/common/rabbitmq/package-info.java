/** How RabbitMQ is reached, for its source and its sinks. */
package io.onceflow.common.rabbitmq;
