package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.job.ChaosSettings;
import java.util.List;

/** Makes subjects by their names. */
public final class Subjects {

  private Subjects() {}

  /** All names. */
  public static List<String> names() {
    return ChaosSettings.subjects();
  }

  /**
   * Starts the store and the proxy of a subject.
   *
   * @throws IllegalArgumentException when there is none of this name
   */
  public static Subject start(String name, Servers servers) {
    if (!names().contains(name)) {
      throw new IllegalArgumentException(
          "There is no subject %s; there are %s.".formatted(name, names()));
    }
    return switch (name.substring(0, name.indexOf('-'))) {
      case "postgres" -> new PostgresSubject(name, servers);
      case "mariadb" -> new MariaDbSubject(name, servers);
      default -> new KafkaSubject(name, servers);
    };
  }
}
