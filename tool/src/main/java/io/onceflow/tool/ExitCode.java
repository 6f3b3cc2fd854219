package io.onceflow.tool;

/** How a command ends. Scripts rely on the numbers. */
enum ExitCode {
  /** What was asked is done, or found well. */
  DONE(0),
  /** Something differs from what the markers say. */
  DIFFERENCES(1),
  /** Wrong use, configuration or connection; nothing was done. */
  USAGE(2),
  /** There is doubt, so nothing was decided, or a loss was found. */
  HELD(3),
  /** The job seems to be alive, so nothing was done. */
  REFUSED(4);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
