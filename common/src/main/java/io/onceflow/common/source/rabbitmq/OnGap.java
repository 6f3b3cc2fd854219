package io.onceflow.common.source.rabbitmq;

/**
 * What happens when messages that come next are not in the stream any more: its retention has
 * deleted them, or it was deleted and declared anew.
 */
public enum OnGap {
  /** The job fails, and says what is missing. */
  FAIL,

  /** The job goes on with what is there; the log and a metric say what is missing. */
  CONTINUE
}
