package io.onceflow.producer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One logger for the package. */
final class OutboxLog {

  static final Logger LOG = LoggerFactory.getLogger("io.onceflow.producer");

  private OutboxLog() {}
}
