package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.config.RabbitMqConfig;
import java.io.Serializable;
import java.time.Duration;
import java.util.Set;

/**
 * What every reader of queues is told.
 *
 * @param server where the queues are
 * @param queues the configured ones
 * @param bounded whether the read ends
 * @param prefetch how many messages of one queue may be unacknowledged
 * @param window how many ids of one queue are remembered
 * @param missingId what becomes of messages without an id
 * @param reconnectLimit how long a queue may be out of reach before the job fails
 */
record QueueSettings(
    RabbitMqConfig server,
    Set<String> queues,
    boolean bounded,
    int prefetch,
    int window,
    MissingId missingId,
    Duration reconnectLimit)
    implements Serializable {

  private static final long serialVersionUID = 1L;
}
