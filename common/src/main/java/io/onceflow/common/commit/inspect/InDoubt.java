package io.onceflow.common.commit.inspect;

import java.time.Instant;
import java.util.List;

/**
 * A transaction that is prepared and undecided.
 *
 * @param transactionId its id in the store
 * @param preparedAt when it was prepared, or null when the store does not say
 * @param owner the role that prepared it, or null when the store does not say
 * @param database where it was prepared, or null when the store does not say
 * @param settleable whether this connection may settle it, such as because it is to the same
 *     database and its role is the one that prepared it or a superuser
 * @param locks what it holds, or null when the store does not show it
 * @param waiters who waits for it
 */
public record InDoubt(
    String transactionId,
    Instant preparedAt,
    String owner,
    String database,
    boolean settleable,
    List<Lock> locks,
    List<Waiter> waiters) {

  /** Copies the lists. */
  public InDoubt {
    locks = locks == null ? null : List.copyOf(locks);
    waiters = List.copyOf(waiters);
  }

  /**
   * One lock.
   *
   * @param relation the table or index
   * @param mode the store's name of the mode
   */
  public record Lock(String relation, String mode) {}

  /**
   * A session that waits.
   *
   * @param session its number in the store
   * @param name what it calls itself
   * @param user its role
   * @param since when its statement began
   * @param waitsFor the kind of lock
   */
  public record Waiter(String session, String name, String user, Instant since, String waitsFor) {}
}
