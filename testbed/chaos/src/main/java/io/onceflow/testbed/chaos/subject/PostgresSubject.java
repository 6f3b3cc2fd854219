package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.JdbcView;
import io.onceflow.testbed.chaos.check.StoreView;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.ServerProcess;
import io.onceflow.testbed.servers.TcpProxy;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** PostgreSQL with each of our strategies, and with Flink's JDBC sink. */
final class PostgresSubject extends StoreSubject {

  /** No key on legs: the database itself must not be what keeps a duplicate out. */
  private static final String TABLES =
      """
      CREATE TABLE legs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_key integer NOT NULL, seq bigint NOT NULL, leg integer NOT NULL,
        account integer NOT NULL, amount bigint NOT NULL, crc bigint NOT NULL,
        epoch bigint %s);
      CREATE TABLE balances (account integer PRIMARY KEY, balance bigint NOT NULL);
      """;

  private static final String EPOCH_OF_MARKER =
      "NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint";

  private final PostgresServer server;
  private final TcpProxy proxy;

  PostgresSubject(String name, Servers servers) {
    super(name, servers);
    server = PostgresServer.builder().directory(servers.directory().resolve(name)).start();
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

  @Override
  void prepareStore(Block block) throws SQLException {
    rollBackLeftovers();
    server.createDatabase(block.database());
    // The role and the schema are both called onceflow, and "$user" comes first in the search path.
    execute(block, "ALTER DATABASE \"%s\" SET search_path = public".formatted(block.database()));
    execute(block, TABLES.formatted(isPeer() ? "" : EPOCH_OF_MARKER));
    if (!isPeer()) {
      execute(block, SetupSql.read("onceflow.sql"));
    }
    if (isThreePhase()) {
      execute(block, SetupSql.read("register.sql"));
    }
  }

  /** Blocks that have ended were counted; what they left would use up the server's slots. */
  private void rollBackLeftovers() throws SQLException {
    try (var connection = server.connectAsSuperuser();
        var statement = connection.createStatement();
        var left = statement.executeQuery("SELECT gid, database FROM pg_prepared_xacts")) {
      while (left.next()) {
        rollBack(left.getString(1), left.getString(2));
      }
    }
  }

  private void rollBack(String id, String database) throws SQLException {
    try (var connection = server.connectAsSuperuser(database);
        var statement = connection.createStatement()) {
      statement.execute("ROLLBACK PREPARED '%s'".formatted(id.replace("'", "''")));
    }
  }

  private boolean isThreePhase() {
    return name().endsWith("-three-phase");
  }

  private void execute(Block block, String sql) throws SQLException {
    try (var connection = server.connect(block.database());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  List<String> storeArguments(Block block) {
    return List.of(
        "--port", Integer.toString(proxy.port()),
        "--database", block.database(),
        "--user", server.user(),
        "--password-file", server.passwordFile().toString());
  }

  @Override
  StoreView view(Block block) {
    return new JdbcView(
        new JdbcView.Database(
            () -> server.connect(block.database()),
            isPeer() ? null : "onceflow",
            block.run(),
            problems(block),
            undecided(block),
            "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()",
            1,
            Set.of()));
  }

  private List<String> problems(Block block) {
    if (isPeer()) {
      return List.of();
    }
    var queries = new ArrayList<>(MarkerQueries.of("onceflow", block.run()));
    if (isThreePhase()) {
      queries.add(registerProblems(block.run()));
    }
    return queries;
  }

  private List<String> undecided(Block block) {
    if (isPeer()) {
      return List.of();
    }
    var queries = new ArrayList<>(MarkerQueries.undecided("onceflow", block.run()));
    if (isThreePhase()) {
      queries.add(undecidedInRegister(block.run()));
    }
    return queries;
  }

  /** Of an epoch that is being committed; the register decides on each transaction before. */
  static String undecidedInRegister(String sinkId) {
    return """
    SELECT m.epoch, m.rows_by_target
    FROM onceflow.marker m LEFT JOIN onceflow.register_decision d USING (transaction_id)
    WHERE m.sink_id = '%s' AND m.checkpoint_id IS NULL AND coalesce(d.verdict, '') <> 'COMMIT'"""
        .formatted(sinkId);
  }

  /** Visible transactions that the register did not decide to commit; it forgets old ones. */
  static String registerProblems(String sinkId) {
    return """
    SELECT 'Transaction ' || m.transaction_id || ' is visible and the register has '
      || coalesce(max(d.verdict), 'no decision') || ' for it.'
    FROM onceflow.marker m LEFT JOIN onceflow.register_decision d USING (transaction_id)
    WHERE m.sink_id = '%s'
      AND (m.checkpoint_id IS NULL
        OR m.checkpoint_id > (SELECT max(checkpoint_id) - 900 FROM onceflow.marker))
    GROUP BY m.transaction_id
    HAVING coalesce(max(d.verdict), '') <> 'COMMIT'"""
        .formatted(sinkId);
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
