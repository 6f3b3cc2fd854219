package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.servers.KafkaBroker;
import java.nio.file.Path;

/**
 * What a campaign has beside its cluster and its store: a broker for the input and the dead
 * letters, and a directory.
 *
 * @param input the broker of the input
 * @param directory where truth files and logs go
 */
public record Servers(KafkaBroker input, Path directory) implements AutoCloseable {

  /** Starts the broker, over data in the directory. */
  public static Servers start(Path directory) {
    return new Servers(
        KafkaBroker.builder().directory(directory.resolve("input-broker")).start(), directory);
  }

  @Override
  public void close() {
    input.close();
  }
}
