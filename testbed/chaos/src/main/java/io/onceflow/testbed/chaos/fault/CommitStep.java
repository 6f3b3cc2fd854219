package io.onceflow.testbed.chaos.fault;

import java.util.Locale;

/**
 * A message of a commit protocol that can be caught on its way.
 *
 * @param beginning the first words of the statement in capitals, or the name of Kafka's request
 * @param isRequest whether it is a request of Kafka
 */
public record CommitStep(String beginning, boolean isRequest) {

  public static CommitStep statement(String beginning) {
    return new CommitStep(beginning, false);
  }

  public static CommitStep request(String api) {
    return new CommitStep(api, true);
  }

  /**
   * Whether a statement is this step: its words are these, with an identifier after them if they
   * are more than one. So COMMIT PREPARED is no COMMIT.
   */
  boolean isBy(String statement) {
    var text = statement.strip().toUpperCase(Locale.ROOT);
    return text.equals(beginning)
        || text.equals(beginning + ";")
        || (beginning.contains(" ") && text.startsWith(beginning + " "));
  }
}
