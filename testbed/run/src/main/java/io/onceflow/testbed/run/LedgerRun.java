package io.onceflow.testbed.run;

import io.onceflow.common.job.Job;
import io.onceflow.ledger.LedgerMain;
import io.onceflow.testbed.run.check.FinalCheck;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.run.load.CommandSource;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.RoleScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The ledger: commands from Kafka, tables in PostgreSQL, results and dead letters in Kafka. */
final class LedgerRun implements RunnableJob {

  private static final String[] SCHEMAS = {"onceflow.sql", "ledger.sql"};

  /** The job and the tool are a role of their own; who looks at the run is the owner. */
  private static final String[] ROLES = {"roles.sql", "ledger-roles.sql"};

  private static final Set<String> CHECKED =
      Set.of(
          "ledger.id-retention",
          "ledger.max-command-size",
          "sink.scope",
          "source.topic",
          "source.starting-offsets",
          "source.stop-at-latest",
          "results.topic",
          "dead-letters.topic",
          "kafka.bootstrap-servers",
          "postgres.host",
          "postgres.port",
          "postgres.database");

  private static final String YAML =
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

  @Override
  public Job<?> job() {
    return new LedgerMain();
  }

  @Override
  public String inputTopic() {
    return Topics.COMMANDS;
  }

  @Override
  public Set<String> checkedKeys() {
    return CHECKED;
  }

  @Override
  public boolean usesPostgres() {
    return true;
  }

  @Override
  public boolean takesFiles() {
    return true;
  }

  @Override
  public void prepare(RunServers servers, int partitions) throws IOException {
    createSchema(servers);
    try (KafkaClient client = KafkaClient.to(servers.kafka())) {
      // The broker's clock is the ledger's log time.
      Topics.create(
          client, Topics.COMMANDS, partitions, Map.of("message.timestamp.type", "LogAppendTime"));
      Topics.create(client, Topics.RESULTS, partitions, Map.of());
      Topics.create(client, Topics.DEAD_LETTERS, 1, Map.of());
    }
  }

  private static void createSchema(RunServers servers) throws IOException {
    var postgres = servers.postgres();
    Path directory = RunMain.sqlDirectory();
    for (String schema : SCHEMAS) {
      postgres.sql(Files.readString(directory.resolve(schema)));
    }
    for (String roles : ROLES) {
      postgres.sql(
          RoleScript.fill(
              directory.resolve(roles), postgres.database(), postgres.jobUser(), postgres.user()));
    }
  }

  @Override
  public String yaml(RunServers servers) {
    var postgres = servers.postgres();
    return YAML.formatted(
        servers.bootstrapServers(),
        postgres.host(),
        postgres.port(),
        postgres.database(),
        postgres.jobUser(),
        postgres.passwordFile().toAbsolutePath(),
        Topics.COMMANDS,
        Topics.RESULTS,
        Topics.DEAD_LETTERS);
  }

  @Override
  public CommandSource source(LoadOptions load, int partitions, int round) {
    return load.commands(partitions, round);
  }

  @Override
  public Progress progress(RunServers servers) {
    return new LedgerProgress(servers);
  }

  @Override
  public Report check(
      RunServers servers, RunFiles files, Mistakes mistakes, Consumer<String> progress)
      throws Exception {
    var place =
        new FinalCheck.Place(
            servers.bootstrapServers(),
            new FinalCheck.Topics(
                Topics.COMMANDS, servers.partitions(), Topics.RESULTS, Topics.DEAD_LETTERS),
            files.sent(),
            files.segments(),
            servers.postgres()::connect);
    return new FinalCheck(place, mistakes, progress).run();
  }
}
