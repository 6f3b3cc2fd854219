package io.onceflow.common.retry;

import java.io.Serializable;

/**
 * Tells successes, refusals and failures apart. Task thread; without side effects. When it throws,
 * the outcome is {@link AttemptVerdict.Unknown}.
 */
public interface Classifier extends Serializable {

  /** Judges an answer by its code. */
  AttemptVerdict ofCode(String code);

  /**
   * Judges what an attempt failed with, without the {@link
   * java.util.concurrent.CompletionException} around it.
   */
  AttemptVerdict ofError(Throwable error);

  /** Rules by code and class, see {@link RuleClassifier}. */
  static RuleClassifier.Builder rules() {
    return new RuleClassifier.Builder();
  }
}
