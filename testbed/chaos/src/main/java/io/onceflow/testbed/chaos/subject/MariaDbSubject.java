package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.JdbcView;
import io.onceflow.testbed.chaos.check.StoreView;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.ServerProcess;
import io.onceflow.testbed.servers.TcpProxy;
import java.util.List;

/** MariaDB with both of our strategies, and with Flink's JDBC sink. */
final class MariaDbSubject extends StoreSubject {

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

  private final MariaDbServer server = MariaDbServer.start();
  private final TcpProxy proxy = TcpProxy.to(server);

  MariaDbSubject(String name, Servers servers) {
    super(name, servers);
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
  void prepareStore(Block block) {
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

  @Override
  List<String> storeArguments(Block block) {
    return List.of(
        "--port", Integer.toString(proxy.port()),
        "--database", database(block),
        "--onceflow-database", onceflow(block),
        "--user", server.user(),
        "--password-file", server.passwordFile().toString());
  }

  /** The server lists what is prepared in all its databases; a block ends with none. */
  @Override
  StoreView view(Block block) {
    return new JdbcView(
        new JdbcView.Database(
            () -> server.connect(database(block)),
            isPeer() ? null : onceflow(block),
            block.run(),
            isPeer() ? List.of() : MarkerQueries.of(onceflow(block), block.run()),
            "XA RECOVER FORMAT='SQL'",
            4));
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
