package io.onceflow.common.retry;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the handler and the classifier so that nothing they throw reaches the operator. Task thread
 * only.
 */
final class GuardedAttempts<I, O> {

  private static final Logger LOG = LoggerFactory.getLogger(GuardedAttempts.class);

  private final AttemptHandler<I, O> handler;
  private final Classifier classifier;

  GuardedAttempts(AttemptHandler<I, O> handler, Classifier classifier) {
    this.handler = handler;
    this.classifier = classifier;
  }

  String dependency(RetryMessage message) {
    try {
      return handler.dependency(message);
    } catch (RuntimeException e) {
      LOG.warn("The handler names no dependency for {}; it counts as the default one.", message, e);
      return AttemptHandler.DEFAULT_DEPENDENCY;
    }
  }

  /** Starts an attempt; what the handler throws is what the stage fails with. */
  CompletionStage<AttemptResult<O>> call(Attempt<I> attempt) {
    try {
      return Objects.requireNonNull(handler.attempt(attempt), "The handler returned no stage.");
    } catch (Exception e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What a stage failed with, or null. */
  static Throwable unwrapped(Throwable error) {
    Throwable cause = error;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  static String errorCode(Throwable cause) {
    return cause == null ? "no_result" : cause.getClass().getSimpleName();
  }

  AttemptVerdict judge(AttemptResult<O> result, Throwable cause) {
    try {
      if (cause != null) {
        return classifier.ofError(cause);
      }
      return result == null ? new AttemptVerdict.Unknown() : classifier.ofCode(result.code());
    } catch (RuntimeException e) {
      LOG.warn("The classifier failed; the outcome counts as unknown.", e);
      return new AttemptVerdict.Unknown();
    }
  }

  static void cancel(CompletionStage<?> call) {
    try {
      call.toCompletableFuture().cancel(true);
    } catch (UnsupportedOperationException e) {
      LOG.debug("The call goes on, for its stage cannot be cancelled.", e);
    }
  }
}
