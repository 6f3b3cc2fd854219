package io.onceflow.testbed.run;

import java.io.IOException;
import java.nio.file.Files;

/** Writes the job's configuration for the servers of a run. */
final class JobYaml {

  private static final String TEMPLATE =
      """
      kafka:
        bootstrap-servers: %s
      postgres:
        host: %s
        port: %d
        database: %s
        user: %s
        password-file: %s
        ssl-mode: disable
      source:
        topic: %s
        group-id: ledger
      results:
        topic: %s
        id: ledger-results
      dead-letters:
        topic: %s
        id: ledger-dead-letters
      sink:
        id: ledger
      """;

  private JobYaml() {}

  static void write(RunFiles files, RunServers servers) throws IOException {
    var postgres = servers.postgres();
    Files.writeString(
        files.jobYaml(),
        TEMPLATE.formatted(
            servers.bootstrapServers(),
            postgres.host(),
            postgres.port(),
            postgres.database(),
            postgres.jobUser(),
            postgres.passwordFile().toAbsolutePath(),
            Topics.COMMANDS,
            Topics.RESULTS,
            Topics.DEAD_LETTERS));
  }
}
