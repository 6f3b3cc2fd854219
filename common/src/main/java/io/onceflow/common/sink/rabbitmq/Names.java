package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.SinkId;

/** The names of a sink's own streams. */
final class Names {

  static final String PREFIX = "onceflow.sink.";

  private Names() {}

  /** The stream with a sink's record. */
  static String log(SinkId sinkId) {
    return PREFIX + sinkId;
  }
}
