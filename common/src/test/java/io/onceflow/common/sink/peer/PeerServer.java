package io.onceflow.common.sink.peer;

import org.apache.flink.connector.testframe.TestResource;

/**
 * A server that all tests of this JVM share: started before the first case, so that no case waits
 * for it, and left running after the last.
 *
 * @param start starts it unless it runs
 */
public record PeerServer(Runnable start) implements TestResource {

  @Override
  public void startUp() {
    start.run();
  }

  /** Whoever shares servers also ends them. */
  @Override
  public void tearDown() {}
}
