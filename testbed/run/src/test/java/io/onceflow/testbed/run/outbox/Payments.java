package io.onceflow.testbed.run.outbox;

import io.onceflow.common.retry.Attempt;
import io.onceflow.common.retry.AttemptHandler;
import io.onceflow.common.retry.AttemptLimits;
import io.onceflow.common.retry.AttemptResult;
import io.onceflow.common.retry.Backoff;
import io.onceflow.common.retry.BreakerRules;
import io.onceflow.common.retry.BudgetRules;
import io.onceflow.common.retry.Classifier;
import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.RetryRules;
import io.onceflow.producer.FinalOutcome.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The flaky other side. What it answers follows from the number in the payload and the number of
 * the attempt alone, so that what becomes of a message is known beforehand.
 */
final class Payments implements AttemptHandler<Long, String> {

  static final String BANK = "bank";

  /** After which a message is a dead letter. */
  static final int MAX_ATTEMPTS = 4;

  private static final long serialVersionUID = 1L;

  static Classifier classifier() {
    return Classifier.rules()
        .permanentCode("refused")
        .transientCode("busy", BANK)
        .transientError(IOException.class, BANK)
        .build();
  }

  static RetryRules rules() {
    return RetryRules.DEFAULT
        .with(new Backoff(Duration.ofMillis(5), Duration.ofMillis(100)))
        .with(new AttemptLimits(MAX_ATTEMPTS, 3, Duration.ofSeconds(20), Duration.ofHours(1)))
        .with(new BreakerRules(64, 100, Duration.ofMillis(10), 1))
        .with(new BudgetRules(2, 1000));
  }

  /** What becomes of the message with this number. */
  static Result expected(long number) {
    if (number % 11 == 0) {
      return Result.REJECTED;
    }
    return number % 13 == 0 ? Result.DEAD_LETTERED : Result.APPLIED;
  }

  private static AttemptResult<String> answer(Attempt<Long> attempt) {
    long number = attempt.input();
    if (number % 11 == 0) {
      return AttemptResult.of("refused");
    }
    if (number % 13 == 0 || number % 3 == 0 && attempt.number() <= 2) {
      return AttemptResult.of("busy");
    }
    RetryMessage message = attempt.message();
    return AttemptResult.ok(
        "%s %d %s %s"
            .formatted(message.producer(), message.sequence(), message.key(), message.id()));
  }

  @Override
  public Long decode(RetryMessage message) {
    return Long.parseLong(new String(message.payload(), StandardCharsets.UTF_8));
  }

  @Override
  public String dependency(RetryMessage message) {
    return BANK;
  }

  @Override
  public CompletionStage<AttemptResult<String>> attempt(Attempt<Long> attempt) {
    if (attempt.input() % 7 == 0 && attempt.number() == 1) {
      return CompletableFuture.failedFuture(new IOException("The line is dead."));
    }
    int latencyMs = ThreadLocalRandom.current().nextInt(15);
    return CompletableFuture.supplyAsync(
        () -> answer(attempt), CompletableFuture.delayedExecutor(latencyMs, TimeUnit.MILLISECONDS));
  }
}
