package io.onceflow.testbed.run.upgrade;

import io.onceflow.common.job.JobMain;
import io.onceflow.ledger.LedgerMain;
import io.onceflow.testbed.run.check.FinalCheck;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A database and topics for one run of the real ledger job.
 *
 * @param commands the input topic
 * @param outputs the other topics by what they hold
 */
record LedgerStores(PostgresDatabase database, String commands, Map<String, String> outputs) {

  private static final Path CONFIGURATION = Path.of("../../flink-conf");

  /**
   * Empty ones. The topics have the names that a fixture's epochs hold, so what an earlier test
   * left in them is deleted.
   */
  static LedgerStores create(Fixture fixture, KafkaClient kafka) throws IOException, SQLException {
    var database = TestServers.newDatabase();
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      for (var schema : List.of("onceflow", "ledger")) {
        statement.execute(Files.readString(CONFIGURATION.resolve("sql").resolve(schema + ".sql")));
      }
    }
    var outputs = new TreeMap<String, String>();
    for (var role : List.of("results", "dead-letters", "markers")) {
      outputs.put(role, fixture.topic(role));
      if (kafka.topics().contains(fixture.topic(role))) {
        kafka.deleteTopic(fixture.topic(role));
      }
    }
    kafka.createTopic(outputs.get("results"), FixtureInput.PARTITIONS);
    kafka.createTopic(outputs.get("dead-letters"), 1);
    kafka.createMarkerTopic(outputs.get("markers"), 1);
    return new LedgerStores(database, fixture.topic("commands"), outputs);
  }

  /** With what they held when the savepoint was taken. */
  static LedgerStores of(Fixture fixture, KafkaClient kafka) throws IOException, SQLException {
    var stores = create(fixture, kafka);
    TableDump.read(stores.database, fixture.tables());
    TopicDump.read(kafka, stores.outputs, fixture.topics());
    return stores;
  }

  JobClient start(Configuration configuration) throws Exception {
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    JobMain.define(new LedgerMain(), environment, arguments());
    return environment.executeAsync("ledger");
  }

  private String[] arguments() throws IOException {
    var server = database.server();
    var shipped = Files.readString(CONFIGURATION.resolve("jobs/ledger.yaml"));
    var file = Files.createTempFile("ledger", ".yaml");
    Files.writeString(file, shipped.replace("  password: ${POSTGRES_PASSWORD}\n", ""));
    file.toFile().deleteOnExit();
    var arguments = new ArrayList<>(List.of("--config", file.toString()));
    for (var setting :
        List.of(
            "kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
            "source.topic=" + commands,
            "results.topic=" + outputs.get("results"),
            "results.marker-topic=" + outputs.get("markers"),
            "dead-letters.topic=" + outputs.get("dead-letters"),
            "dead-letters.marker-topic=" + outputs.get("markers"),
            "postgres.ssl-mode=disable",
            "postgres.port=" + server.port(),
            "postgres.database=" + database.name(),
            "postgres.user=" + server.user(),
            "postgres.password-file=" + server.passwordFile().toAbsolutePath())) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments.toArray(String[]::new);
  }

  long results() throws SQLException {
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT count(*) FROM ledger.results")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Compares everything with the reference ledger. */
  Report check(Path sent, Path segments) throws IOException, SQLException {
    var topics =
        new FinalCheck.Topics(
            commands, FixtureInput.PARTITIONS, outputs.get("results"), outputs.get("dead-letters"));
    var place =
        new FinalCheck.Place(
            TestServers.kafka().bootstrapServers(), topics, sent, segments, database::connect);
    return new FinalCheck(place, new Mistakes(), text -> {}).run();
  }
}
