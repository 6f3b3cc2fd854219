package io.onceflow.testbed.run;

import io.onceflow.common.sink.kafka.KafkaSinkConfig;

/** The topics of a run. */
final class Topics {

  static final String COMMANDS = "ledger-commands";
  static final String RESULTS = "ledger-results";
  static final String DEAD_LETTERS = "ledger-dead-letters";
  static final String MARKERS = KafkaSinkConfig.DEFAULT_MARKER_TOPIC;

  private Topics() {}
}
