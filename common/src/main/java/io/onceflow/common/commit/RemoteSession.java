package io.onceflow.common.commit;

/** Calls to another system, which may hang. */
public interface RemoteSession extends AutoCloseable {

  /**
   * Breaks a call under way, or one that is about to begin, from another thread. Final: nothing is
   * committed by this session afterwards.
   */
  void abort();

  @Override
  void close();
}
