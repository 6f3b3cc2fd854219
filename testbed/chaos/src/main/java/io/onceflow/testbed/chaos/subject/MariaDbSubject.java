package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.JdbcView;
import io.onceflow.testbed.chaos.check.StoreView;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.ServerProcess;
import io.onceflow.testbed.servers.TcpProxy;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** MariaDB with both of our strategies, and with Flink's JDBC sink. */
final class MariaDbSubject extends StoreSubject {

  private static final Logger LOG = LoggerFactory.getLogger(MariaDbSubject.class);

  /** No key on what is written: the database itself must not be what keeps a duplicate out. */
  private static final String TABLES =
      """
      CREATE TABLE legs (
        id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
        event_key int NOT NULL, seq bigint NOT NULL, leg int NOT NULL,
        account int NOT NULL, amount bigint NOT NULL, crc bigint NOT NULL,
        epoch bigint %s) ENGINE=InnoDB;
      CREATE TABLE balances (account int PRIMARY KEY, balance bigint NOT NULL) ENGINE=InnoDB;
      """;

  private static final String PREPARED = "XA RECOVER FORMAT='SQL'";
  private static final int PREPARED_ID = 4;

  private final Map<Block, Set<String>> leftBefore = new HashMap<>();
  private final MariaDbServer server;
  private final TcpProxy proxy;

  MariaDbSubject(String name, Servers servers) {
    super(name, servers);
    server = MariaDbServer.builder().directory(servers.directory().resolve(name)).start();
    proxy = TcpProxy.to(server);
  }

  @Override
  public ServerProcess store() {
    return server;
  }

  @Override
  public TcpProxy proxy() {
    return proxy;
  }

  private static String database(Block block) {
    return "test_" + block.database();
  }

  private static String onceflow(Block block) {
    return "onceflow_" + block.number();
  }

  @Override
  void prepareStore(Block block) throws SQLException {
    rollBackLeftovers();
    leftBefore.put(block, prepared());
    server.createDatabase(database(block));
    server.sqlAsSuperuser(
        "USE %s; %s".formatted(database(block), TABLES.formatted(isPeer() ? "" : "NOT NULL")));
    if (!isPeer()) {
      server.sqlAsSuperuser(
          SetupSql.read("onceflow-mariadb.sql")
              .replace("DATABASE IF NOT EXISTS onceflow ", "DATABASE " + onceflow(block) + " ")
              .replace("USE onceflow;", "USE " + onceflow(block) + ";"));
    }
  }

  /** Blocks that have ended were counted; what they left would be counted again. */
  private void rollBackLeftovers() throws SQLException {
    for (var id : prepared()) {
      try (var connection = server.connectAsSuperuser();
          var statement = connection.createStatement()) {
        statement.execute("XA ROLLBACK " + id);
      } catch (SQLException e) {
        LOG.warn("Transaction {} of an earlier block stays; it is not counted again.", id, e);
      }
    }
  }

  private Set<String> prepared() throws SQLException {
    try (var connection = server.connectAsSuperuser();
        var statement = connection.createStatement();
        var row = statement.executeQuery(PREPARED)) {
      var ids = new HashSet<String>();
      while (row.next()) {
        ids.add(row.getString(PREPARED_ID));
      }
      return ids;
    }
  }

  @Override
  List<String> storeArguments(Block block) {
    return List.of(
        "--port", Integer.toString(proxy.port()),
        "--database", database(block),
        "--onceflow-database", onceflow(block),
        "--user", server.user(),
        "--password-file", server.passwordFile().toString());
  }

  /** The server lists what is prepared in all its databases, and what earlier blocks left. */
  @Override
  StoreView view(Block block) {
    return new JdbcView(
        new JdbcView.Database(
            () -> server.connect(database(block)),
            isPeer() ? null : onceflow(block),
            block.run(),
            isPeer() ? List.of() : MarkerQueries.of(onceflow(block), block.run()),
            isPeer() ? List.of() : MarkerQueries.undecided(onceflow(block), block.run()),
            PREPARED,
            PREPARED_ID,
            leftBefore.getOrDefault(block, Set.of())));
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
