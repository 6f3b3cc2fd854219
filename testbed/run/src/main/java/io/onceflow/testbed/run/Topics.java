package io.onceflow.testbed.run;

/** The topics of a run. */
final class Topics {

  static final String COMMANDS = "ledger-commands";
  static final String RESULTS = "ledger-results";
  static final String DEAD_LETTERS = "ledger-dead-letters";

  private Topics() {}
}
