package io.onceflow.testbed.run.check;

import io.onceflow.ledger.ResultCode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What must hold in the tables at any moment, as queries that return a row per violation: those of
 * docs/ledger.md and the wholeness of epochs. Each set is read in the caller's transaction.
 */
public final class Invariants {

  /** Cheap: over the accounts only. */
  public static final Map<String, String> LIGHT = light();

  /** Over all rows ever written. */
  public static final Map<String, String> HEAVY = heavy();

  private static final int SHOWN = 3;

  private Invariants() {}

  /**
   * Makes a connection ready for {@link #HEAVY}: read-only snapshots, one processor, and hash joins
   * only: the planner believes tables this new to be small, and would choose joins that compare
   * every row of a group with every other.
   */
  public static void prepare(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET enable_nestloop = off; SET enable_mergejoin = off; SET max_parallel_workers_per_gather = 0; SET jit = off;"
              + " SET work_mem = '64MB'");
    }
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
  }

  /** Runs the queries; returns one line per invariant that does not hold. */
  public static List<String> broken(Connection connection, Map<String, String> queries)
      throws SQLException {
    List<String> broken = new ArrayList<>();
    for (Map.Entry<String, String> query : queries.entrySet()) {
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT v::text FROM (%s) v LIMIT %d".formatted(query.getValue(), SHOWN))) {
        List<String> found = new ArrayList<>();
        while (rows.next()) {
          found.add(rows.getString(1));
        }
        if (!found.isEmpty()) {
          broken.add(query.getKey() + ": " + String.join(", ", found));
        }
      }
    }
    return broken;
  }

  private static Map<String, String> light() {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put(
        "debits = credits",
        """
        SELECT grp, ledger FROM ledger.accounts GROUP BY grp, ledger
        HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)
        """);
    queries.put(
        "no account beyond its limit",
        """
        SELECT grp, account FROM ledger.accounts
        WHERE debits_must_not_exceed_credits AND debits_pending + debits_posted > credits_posted
           OR credits_must_not_exceed_debits AND credits_pending + credits_posted > debits_posted
           OR least(debits_pending, debits_posted, credits_pending, credits_posted) < 0
        """);
    return queries;
  }

  private static Map<String, String> heavy() {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put(
        "balances = sum of transfers",
        """
        WITH postings AS (
          SELECT grp, debit AS account, pending_delta AS dp, posted_delta AS d, 0::bigint AS cp, 0::bigint AS c
          FROM ledger.transfers
          UNION ALL
          SELECT grp, credit, 0, 0, pending_delta, posted_delta FROM ledger.transfers),
        sums AS (
          SELECT grp, account, sum(dp) AS dp, sum(d) AS d, sum(cp) AS cp, sum(c) AS c
          FROM postings GROUP BY grp, account)
        SELECT grp, account FROM ledger.accounts a FULL JOIN sums s USING (grp, account)
        WHERE a.ledger IS NULL OR (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
          IS DISTINCT FROM (coalesce(s.dp, 0), coalesce(s.d, 0), coalesce(s.cp, 0), coalesce(s.c, 0))
        """);
    queries.put(
        "seq dense per group",
        """
        SELECT grp, count(*), min(seq), max(seq) FROM ledger.transfers
        GROUP BY grp HAVING min(seq) <> 1 OR max(seq) <> count(*)
        """);
    queries.put(
        "a pending transfer is resolved once",
        """
        SELECT p.grp, p.id FROM ledger.transfers p
        JOIN ledger.transfers r ON r.grp = p.grp AND r.pending_id = p.id
        GROUP BY p.grp, p.id, p.kind, p.pending_delta
        HAVING p.kind <> 'pending' OR count(*) <> 1 OR sum(r.pending_delta) <> -p.pending_delta
        """);
    queries.put(
        "a transfer per created result",
        """
        SELECT grp, seq, id FROM
          (SELECT grp, seq, id FROM ledger.transfers WHERE kind <> 'expire') t
          FULL JOIN (SELECT grp, seq, id FROM ledger.results WHERE result = 'created' AND seq IS NOT NULL) r
          USING (grp, seq, id)
        GROUP BY grp, seq, id HAVING count(t.seq) <> 1 OR count(r.seq) <> 1
        """);
    queries.put(
        "a refused id is never accepted",
        """
        SELECT t.grp, t.id FROM ledger.transfers t JOIN ledger.results r ON r.grp = t.grp AND r.id = t.id
        WHERE r.result IN (%s)
        """
            .formatted(failed()));
    queries.putAll(epochs());
    return queries;
  }

  /** The results after which an id is burned, and the one that every later command with it has. */
  private static String failed() {
    return Arrays.stream(ResultCode.values())
        .filter(code -> code.burnsId() || code == ResultCode.ID_ALREADY_FAILED)
        .map(code -> "'" + code.text() + "'")
        .collect(Collectors.joining(", "));
  }

  private static Map<String, String> epochs() {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put(
        "every epoch is whole",
        """
        SELECT m.epoch, s.target, s.sealed, coalesce(t.found, 0) AS found
        FROM onceflow.marker m
        CROSS JOIN LATERAL (VALUES
          ('ledger.transfers', coalesce((m.rows_by_target ->> 'ledger.transfers')::bigint, 0)),
          ('ledger.results', coalesce((m.rows_by_target ->> 'ledger.results')::bigint, 0))) s (target, sealed)
        LEFT JOIN (
          SELECT epoch, 'ledger.transfers' AS target, count(*) AS found FROM ledger.transfers GROUP BY epoch
          UNION ALL
          SELECT epoch, 'ledger.results', count(*) FROM ledger.results GROUP BY epoch) t
          ON t.epoch = m.epoch AND t.target = s.target
        LEFT JOIN (
          SELECT epoch, target, count(*) AS rejected FROM onceflow.dead_letter GROUP BY epoch, target) d
          ON d.epoch = m.epoch AND d.target = s.target
        WHERE s.sealed <> coalesce(t.found, 0) + coalesce(d.rejected, 0)
        """);
    queries.put(
        "every row has its epoch's marker",
        """
        SELECT epoch FROM (
          SELECT epoch FROM ledger.transfers GROUP BY epoch UNION
          SELECT epoch FROM ledger.results GROUP BY epoch) e
        WHERE NOT EXISTS (SELECT FROM onceflow.marker m WHERE m.epoch = e.epoch)
        """);
    queries.put(
        "epochs in the order of their checkpoints",
        """
        SELECT * FROM (
          SELECT lineage, epoch, checkpoint_id,
            lag(checkpoint_id) OVER (PARTITION BY sink_id, lineage ORDER BY epoch) AS before
          FROM onceflow.marker) o
        WHERE checkpoint_id <= before
        """);
    return queries;
  }
}
