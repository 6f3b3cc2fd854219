package io.onceflow.common.lock;

/** The answer to a {@link LeaseRequest}. */
public sealed interface LeaseAnswer {

  /**
   * It was given.
   *
   * @param lease from now on
   */
  record Acquired(Lease lease) implements LeaseAnswer {}

  /**
   * Somebody else has it.
   *
   * @param holder who
   */
  record Held(LeaseHolder holder) implements LeaseAnswer {}
}
