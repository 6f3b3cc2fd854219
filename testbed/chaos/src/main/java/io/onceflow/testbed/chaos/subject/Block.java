package io.onceflow.testbed.chaos.subject;

/**
 * Schedules that share one job, one database or topic, and one truth file.
 *
 * @param number distinguishes the names of this block on the servers
 */
public record Block(int number) {

  /** Partitions of the input. */
  public static final int PARTITIONS = 4;

  /** What transfers carry as their run, and the sink's name. */
  public String run() {
    return "chaos-" + number;
  }

  /** The input. */
  public String topic() {
    return "transfers-" + number;
  }

  /** The poison's topic. */
  public String deadLetters() {
    return "dead-letters-" + number;
  }

  /** The id of the dead letters' sink, as the job derives it. */
  public String deadLetterSink() {
    return run() + "-dead";
  }

  /** The marker topic of the dead letters' sink. */
  public String deadLetterMarkers() {
    return "dead-letter-markers-" + number;
  }

  /** The database of the rows. */
  public String database() {
    return "chaos_" + number;
  }

  /** The topic of the rows, in Kafka. */
  public String legs() {
    return "legs-" + number;
  }

  /** The marker topic of the rows, in Kafka. */
  public String markers() {
    return "markers-" + number;
  }
}
