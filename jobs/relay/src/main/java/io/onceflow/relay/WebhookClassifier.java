package io.onceflow.relay;

import io.onceflow.common.retry.AttemptVerdict;
import io.onceflow.common.retry.Classifier;
import java.io.IOException;
import java.util.Set;

/**
 * What an answer of a webhook means: 2xx is success; 408, 425, 429 and 5xx may pass; every other
 * one is a refusal, redirections too. A connection that fails may pass.
 *
 * @param dependency the host
 */
record WebhookClassifier(String dependency) implements Classifier {

  private static final long serialVersionUID = 1L;
  private static final Set<Integer> PASSING = Set.of(408, 425, 429);

  @Override
  public AttemptVerdict ofCode(String code) {
    int status = Integer.parseInt(code.substring(WebhookHandler.CODE.length()));
    if (status / 100 == 2) {
      return new AttemptVerdict.Success();
    }
    return status / 100 == 5 || PASSING.contains(status)
        ? new AttemptVerdict.Transient(dependency)
        : new AttemptVerdict.Permanent(code);
  }

  @Override
  public AttemptVerdict ofError(Throwable error) {
    return error instanceof IOException
        ? new AttemptVerdict.Transient(dependency)
        : new AttemptVerdict.Unknown();
  }
}
