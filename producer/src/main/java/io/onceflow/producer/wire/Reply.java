package io.onceflow.producer.wire;

/** What a producer is told on its reply topic. */
public sealed interface Reply permits MessageReply, ProgressReply {

  /** Who is told. */
  String producer();
}
