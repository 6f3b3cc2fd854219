package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.StoreClient;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the server's prepared transactions, the locks they hold and the sessions behind them. */
final class PreparedList {

  private PreparedList() {}

  static List<InDoubt> read(Connection connection) throws SQLException {
    var locks = locks(connection);
    var waiters = waiters(connection);
    var sql =
        """
        SELECT gid, prepared AS at, owner::text AS owner, database::text AS database,
          database = current_database() AND (owner = current_user OR current_setting('is_superuser') = 'on') AS settleable
        FROM pg_prepared_xacts ORDER BY prepared, gid
        """;
    return new Query(sql)
        .list(
            connection,
            row ->
                new InDoubt(
                    row.getString("gid"),
                    Query.instant(row, "at"),
                    row.getString("owner"),
                    row.getString("database"),
                    row.getBoolean("settleable"),
                    locks.getOrDefault(row.getString("gid"), List.of()),
                    waiters.getOrDefault(row.getString("gid"), List.of())));
  }

  /** The server lists those of all its databases. */
  static List<InDoubt> ofThisDatabase(Connection connection) throws SQLException {
    var here = new Query("SELECT current_database()").one(connection, row -> row.getString(1));
    return read(connection).stream().filter(found -> found.database().equals(here)).toList();
  }

  /**
   * A prepared transaction has no session. It is found by the lock it holds on its own number, and
   * the rest by the virtual transaction of that lock: its old session's, or -1 after a restart.
   */
  private static Map<String, List<InDoubt.Lock>> locks(Connection connection) throws SQLException {
    var sql =
        """
        SELECT p.gid, l.relation::regclass::text AS relation, l.mode
        FROM pg_prepared_xacts p
        JOIN pg_locks self ON self.locktype = 'transactionid' AND self.transactionid = p.transaction AND self.pid IS NULL
        JOIN pg_locks l ON l.virtualtransaction = self.virtualtransaction AND l.pid IS NULL
        JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm')
        WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY 1, 2, 3
        """;
    var locks = new HashMap<String, List<InDoubt.Lock>>();
    new Query(sql)
        .list(
            connection,
            row ->
                locks
                    .computeIfAbsent(row.getString("gid"), gid -> new ArrayList<>())
                    .add(new InDoubt.Lock(row.getString("relation"), row.getString("mode"))));
    return locks;
  }

  /** For a row the transaction's number is waited for; for a whole table the table is. */
  private static Map<String, List<InDoubt.Waiter>> waiters(Connection connection)
      throws SQLException {
    var sql =
        """
        SELECT DISTINCT p.gid, a.pid::text AS pid, a.application_name, a.usename::text AS usename, a.query_start,
          CASE w.locktype WHEN 'relation' THEN w.mode || ' on ' || w.relation::regclass ELSE 'a row it has changed' END AS waits_for
        FROM pg_prepared_xacts p
        JOIN pg_locks self ON self.locktype = 'transactionid' AND self.transactionid = p.transaction AND self.pid IS NULL
        JOIN pg_locks held ON held.virtualtransaction = self.virtualtransaction AND held.pid IS NULL AND held.granted
        JOIN pg_locks w ON NOT w.granted AND w.locktype = held.locktype
          AND (w.locktype = 'transactionid' AND w.transactionid = held.transactionid
            OR w.locktype = 'relation' AND w.relation = held.relation AND w.database = held.database
              AND 0 = ANY (pg_blocking_pids(w.pid)))
        JOIN pg_stat_activity a ON a.pid = w.pid
        ORDER BY 1, 2
        """;
    var waiters = new HashMap<String, List<InDoubt.Waiter>>();
    new Query(sql)
        .list(
            connection,
            row ->
                waiters
                    .computeIfAbsent(row.getString("gid"), gid -> new ArrayList<>())
                    .add(
                        new InDoubt.Waiter(
                            row.getString("pid"),
                            row.getString("application_name"),
                            row.getString("usename"),
                            Query.instant(row, "query_start"),
                            row.getString("waits_for"))));
    return waiters;
  }

  /**
   * Sinks call themselves {@code onceflow/} and their id, with more after a slash for their
   * writers; a connection that is no sink's is called {@code onceflow}.
   */
  static List<StoreClient> clients(Connection connection) throws SQLException {
    var sql =
        """
        SELECT pid::text AS pid, application_name, usename::text AS usename, client_addr::text AS address, state, state_change
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND (application_name = 'onceflow' OR application_name LIKE 'onceflow/%')
        ORDER BY backend_start
        """;
    return new Query(sql)
        .list(
            connection,
            row ->
                new StoreClient(
                    row.getString("pid"),
                    row.getString("application_name"),
                    row.getString("usename"),
                    row.getString("address"),
                    row.getString("state"),
                    Query.instant(row, "state_change")));
  }
}
