package io.onceflow.testbed.chaos.subject;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a block leaves prepared is counted for that block and gone, or not counted, in the next. */
class LeftoversIT {

  private static int blocks = 4_000;

  @TempDir Path directory;

  private final Block first = new Block(++blocks);
  private final Block second = new Block(++blocks);

  @Test
  void whatABlockLeftInMariaDbIsNotCountedAgain() throws Exception {
    try (var subject = start("mariadb-peer")) {
      var server = (MariaDbServer) subject.store();
      subject.prepare(first);
      leaveInMariaDb(server, "left");
      assertThat(inDoubt(subject, first)).hasSize(1);
      subject.prepare(second);
      assertThat(inDoubt(subject, second)).isEmpty();
      leaveInMariaDb(server, "new");
      assertThat(inDoubt(subject, second)).singleElement().asString().contains("new");
    }
  }

  @Test
  void whatCannotBeRolledBackIsNotCountedAgain() throws Exception {
    try (var subject = start("mariadb-peer")) {
      var server = (MariaDbServer) subject.store();
      subject.prepare(first);
      try (var connection = server.connect("test_" + first.database())) {
        prepareInMariaDb(connection, "held");
        subject.prepare(second);
        assertThat(inDoubt(subject, first)).hasSize(1);
        assertThat(inDoubt(subject, second)).isEmpty();
      }
    }
  }

  @Test
  void whatABlockLeftInPostgresUsesNoSlotOfTheNext() throws Exception {
    try (var subject = start("postgres-peer")) {
      var server = (PostgresServer) subject.store();
      subject.prepare(first);
      try (var connection = server.connect(first.database());
          var statement = connection.createStatement()) {
        statement.execute("BEGIN; CREATE TABLE left_over (); PREPARE TRANSACTION 'left'");
      }
      assertThat(inDoubt(subject, first)).containsExactly("left");
      subject.prepare(second);
      assertThat(inDoubt(subject, first)).isEmpty();
    }
  }

  private Subject start(String name) {
    return Subjects.start(name, new Servers(TestServers.kafka(), directory));
  }

  private static Set<String> inDoubt(Subject subject, Block block) throws Exception {
    try (var view = ((StoreSubject) subject).view(block)) {
      return view.inDoubt();
    }
  }

  private void leaveInMariaDb(MariaDbServer server, String id) throws SQLException {
    try (var connection = server.connect("test_" + first.database())) {
      prepareInMariaDb(connection, id);
    }
  }

  private static void prepareInMariaDb(Connection connection, String id) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("XA START '%s'".formatted(id));
      statement.execute(
          "INSERT INTO legs (event_key, seq, leg, account, amount, crc) VALUES (1, 1, 0, 0, 1, 1)");
      statement.execute("XA END '%s'".formatted(id));
      statement.execute("XA PREPARE '%s'".formatted(id));
    }
  }
}
