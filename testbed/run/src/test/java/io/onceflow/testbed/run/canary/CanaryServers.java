package io.onceflow.testbed.run.canary;

import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import io.onceflow.testbed.servers.CertificateAuthority;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.RoleScript;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** PostgreSQL with TLS and Kafka with SASL_SSL, whose job has the canary as its password. */
final class CanaryServers implements AutoCloseable {

  /** Holds Kafka's password in the job's process; PostgreSQL's is in a file. */
  static final String VARIABLE = "CANARY_PASSWORD";

  private static final Path SQL = Path.of("../../flink-conf/sql");

  private final Path directory;
  private final PostgresServer postgres;
  private final KafkaBroker kafka;
  private final int restPort;

  private CanaryServers(Path directory, PostgresServer postgres, KafkaBroker kafka)
      throws IOException {
    this.directory = directory;
    this.postgres = postgres;
    this.kafka = kafka;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.restPort = socket.getLocalPort();
    }
  }

  static CanaryServers start(Path directory, String canary, String planted) throws Exception {
    var authority = CertificateAuthority.create(directory.resolve("ca.pem"));
    var postgres = PostgresServer.builder().tls(authority.issue("127.0.0.1")).start();
    var kafka =
        KafkaBroker.builder()
            .tls(authority.issue("127.0.0.1"))
            .setting(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            // The broker's own plaintext listener, which the job does not know.
            .setting("super.users", "User:ANONYMOUS")
            .start();
    var servers = new CanaryServers(directory, postgres, kafka);
    servers.prepare(canary, planted);
    return servers;
  }

  private void prepare(String canary, String planted) throws Exception {
    Files.writeString(passwordFile(), canary + "\n");
    for (var script : List.of("onceflow.sql", "ledger.sql")) {
      postgres.sql(Files.readString(SQL.resolve(script)));
    }
    for (var script : List.of("roles.sql", "ledger-roles.sql")) {
      postgres.sql(
          RoleScript.fill(
              SQL.resolve(script), postgres.database(), postgres.jobUser(), postgres.user()));
    }
    setDatabasePassword(canary);
    setKafkaPassword(canary);
    try (var client = KafkaClient.to(internalServers())) {
      client.createTopic("commands", 2);
      client.createTopic("results", 1);
      client.createTopic("dead-letters", 1);
      client.createMarkerTopic("onceflow-markers", 1);
      client.admin().createAcls(documentedRights(planted)).all().get();
    }
    Files.writeString(yaml(), configuration(planted));
  }

  /** What docs/kafka.md lists for a job that reads one topic and writes two. */
  private static List<AclBinding> documentedRights(String id) {
    var rights = new ArrayList<AclBinding>();
    allow(rights, ResourceType.TOPIC, "commands", READ, DESCRIBE);
    allow(rights, ResourceType.GROUP, "ledger", READ);
    allow(rights, ResourceType.TOPIC, "results", WRITE, DESCRIBE, DESCRIBE_CONFIGS);
    allow(rights, ResourceType.TOPIC, "dead-letters", WRITE, DESCRIBE, DESCRIBE_CONFIGS);
    allow(rights, ResourceType.TOPIC, "onceflow-markers", READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS);
    allow(rights, ResourceType.TRANSACTIONAL_ID, "of." + id + "-r", WRITE);
    allow(rights, ResourceType.TRANSACTIONAL_ID, "of." + id + "-d", WRITE);
    return rights;
  }

  private static void allow(
      List<AclBinding> rights, ResourceType type, String name, AclOperation... operations) {
    for (var operation : operations) {
      rights.add(
          new AclBinding(
              new ResourcePattern(type, name, PatternType.LITERAL),
              new AccessControlEntry("User:ledger", "*", operation, AclPermissionType.ALLOW)));
    }
  }

  private String configuration(String planted) {
    return """
        kafka:
          bootstrap-servers: %1$s
          security-protocol: sasl-ssl
          ssl-truststore: %2$s
          sasl:
            username: ledger
            password: ${%3$s}
        source:
          topic: commands
          group-id: ledger
        results:
          topic: results
          id: %4$s-r
        dead-letters:
          topic: dead-letters
          id: %4$s-d
        postgres:
          host: 127.0.0.1
          port: %5$d
          database: %6$s
          user: %7$s
          password-file: %8$s
          ssl-mode: verify-full
          ssl-root-cert: %2$s
        sink:
          id: %4$s
        """
        .formatted(
            kafka.bootstrapServers(),
            directory.resolve("ca.pem"),
            VARIABLE,
            planted,
            postgres.port(),
            postgres.database(),
            postgres.jobUser(),
            passwordFile());
  }

  Path yaml() {
    return directory.resolve("ledger.yaml");
  }

  Path passwordFile() {
    return directory.resolve("password");
  }

  int restPort() {
    return restPort;
  }

  String internalServers() {
    return kafka.internalServers();
  }

  void setDatabasePassword(String password) throws SQLException {
    sql("ALTER ROLE %s PASSWORD '%s'".formatted(postgres.jobUser(), password));
  }

  void setKafkaPassword(String password) {
    kafka.addUser("ledger", password);
  }

  /** As a network would: the job's sessions are gone from one moment to the next. */
  void endConnections() throws SQLException {
    sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '%s'"
            .formatted(postgres.jobUser()));
  }

  void sql(String statements) throws SQLException {
    try (var connection = postgres.connectAsSuperuser();
        var statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }

  /** Good commands in a group of the planted word's name, and records that are none. */
  void sendCommands(int round, String planted) {
    try (var client = KafkaClient.to(internalServers())) {
      for (var account = 1; account <= 50; account++) {
        client.send(
            "commands",
            planted,
            "{\"type\":\"open\",\"group\":\"%s\",\"account\":%d,\"ledger\":1,\"code\":1}"
                .formatted(planted, round * 1_000 + account));
        client.send("commands", planted, "no command %s %d".formatted(planted, account));
      }
      client.flush();
    }
  }

  /** Markers that are committed. */
  long epochs() {
    try (var connection = postgres.connect();
        var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT count(*) FROM onceflow.marker")) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every row of every table of ours, as text. */
  String tables() throws SQLException {
    var text = new StringBuilder();
    for (var table :
        rows("SELECT relid::regclass FROM pg_stat_user_tables WHERE schemaname <> 'public'")) {
      text.append(table).append('\n');
      rows("SELECT t::text FROM %s t".formatted(table)).forEach(row -> text.append(row));
    }
    return text.toString();
  }

  private List<String> rows(String query) throws SQLException {
    try (var connection = postgres.connectAsSuperuser();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      var texts = new ArrayList<String>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    }
  }

  /** A copy of what the servers have logged. */
  Path logs() throws IOException {
    var copies = Files.createDirectories(directory.resolve("logs"));
    for (var log : List.of(postgres.log(), kafka.log())) {
      Files.copy(log, copies.resolve(log.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    return copies;
  }

  @Override
  public void close() {
    try {
      kafka.close();
    } finally {
      postgres.close();
    }
  }
}
