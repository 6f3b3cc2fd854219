package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.config.RabbitMqConfig;
import java.io.Serializable;
import java.time.Duration;
import java.util.Set;

/**
 * What every reader of streams is told.
 *
 * @param server where the streams are
 * @param streams the configured ones
 * @param start where to read from without a checkpoint
 * @param bounded whether the read ends
 * @param onGap what happens when messages are gone
 * @param reconnectLimit how long the streams may be out of reach before the job fails
 * @param emptyAfter after how much silence a stream counts as empty
 */
record StreamSettings(
    RabbitMqConfig server,
    Set<String> streams,
    StreamStart start,
    boolean bounded,
    OnGap onGap,
    Duration reconnectLimit,
    Duration emptyAfter)
    implements Serializable {

  private static final long serialVersionUID = 1L;
}
