package io.onceflow.testbed.run.load;

import java.io.IOException;

/**
 * Ends another source after a number of commands. {@link #isReached} may be called by any thread.
 */
public final class LimitedSource implements CommandSource {

  private final CommandSource source;
  private final long limit;
  private long given;
  private volatile boolean reached;

  /**
   * Gives what the source gives.
   *
   * @param limit the most commands; with 0 or less there are none
   */
  public LimitedSource(CommandSource source, long limit) {
    this.source = source;
    this.limit = limit;
  }

  @Override
  public Input next() throws IOException {
    if (given >= limit) {
      reached = true;
      return null;
    }
    given++;
    return source.next();
  }

  /** Whether one more was asked for than are allowed. */
  public boolean isReached() {
    return reached;
  }
}
