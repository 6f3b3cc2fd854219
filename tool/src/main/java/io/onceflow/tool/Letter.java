package io.onceflow.tool;

import io.onceflow.producer.wire.DeadMessage;

/**
 * One dead letter of selective retry and where it is.
 *
 * @param id its place in the dead letter topic
 * @param dead the message and its history
 */
record Letter(LetterId id, DeadMessage dead) {}
