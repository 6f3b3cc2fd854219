package io.onceflow.testbed.chaos.fault;

/**
 * A message of a commit protocol that can be caught on its way.
 *
 * @param beginning how the statement begins, or the name of Kafka's request
 * @param isRequest whether it is a request of Kafka
 */
public record CommitStep(String beginning, boolean isRequest) {

  public static CommitStep statement(String beginning) {
    return new CommitStep(beginning, false);
  }

  public static CommitStep request(String api) {
    return new CommitStep(api, true);
  }
}
