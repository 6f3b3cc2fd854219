package io.onceflow.common.retry;

import java.io.Serializable;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * Makes the attempts, one instance per subtask.
 *
 * <p>All methods are called on the task thread and must not block it: {@link #attempt} starts the
 * call and returns. The stage may be completed by any thread. Attempts of a message never overlap,
 * except after an attempt timeout, when the given-up call is cancelled but may still be under way.
 *
 * <p>An attempt that was under way when the job failed is made again after the restore. The effect
 * on the other side is therefore exactly once only when that side honours the idempotency key.
 *
 * @param <I> the decoded type
 * @param <O> the type of what goes downstream
 */
public interface AttemptHandler<I, O> extends Serializable {

  /** The dependency of handlers that name none. */
  String DEFAULT_DEPENDENCY = "default";

  /** Opens clients. */
  default void open(RuntimeContext context) throws Exception {}

  /** Closes clients; attempts under way are forgotten here and repeated after the restore. */
  default void close() throws Exception {}

  /**
   * Decodes the payload. Whatever it throws is final: the message is rejected as {@code
   * undecodable}.
   */
  I decode(RetryMessage message) throws Exception;

  /**
   * Names the system the message needs, such as {@code bank-api}: what has a breaker and a limit of
   * its own, and can be paused.
   */
  default String dependency(RetryMessage message) {
    return DEFAULT_DEPENDENCY;
  }

  /** Starts an attempt. What it throws is classified like what the stage fails with. */
  CompletionStage<AttemptResult<O>> attempt(Attempt<I> attempt) throws Exception;
}
