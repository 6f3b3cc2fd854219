package io.onceflow.testbed.run.bench;

/** Something that reads records from a topic and calls a service until each has taken effect. */
interface RetryContender {

  /** The name in the report, without spaces. */
  String name();

  /**
   * Starts to read a topic from its beginning; closing the result ends it.
   *
   * @param topic keys are texts, values the records' numbers
   * @param service the name of the {@link SimulatedService}
   */
  AutoCloseable start(String topic, String service) throws Exception;
}
