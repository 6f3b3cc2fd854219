package io.onceflow.testbed.run.check;

import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A database of its own with the ledger's tables and three epochs of rows that agree: a transfer, a
 * pending transfer that is posted, one that expires, and two refusals.
 */
public final class SmallLedger {

  /** The id of the transfer with seq 1. */
  public static final String CREATED = "'00000000-0000-7000-8000-000000000001'";

  private static final String ROWS =
      """
      INSERT INTO onceflow.marker (transaction_id, epoch, sink_id, lineage, checkpoint_id, subtask,
          row_count, byte_count, checksum, rows_by_target, prepared_at, committed_at)
        OVERRIDING SYSTEM VALUE VALUES
        ('t1', 1, 'ledger', 'one', 1, 0, 6, 0, 0, '{"ledger.results": 3, "ledger.transfers": 1, "ledger.accounts": 2}',
          '2026-01-01 00:00:01Z', '2026-01-01 00:00:01.2Z'),
        ('t2', 2, 'ledger', 'one', 2, 0, 9, 0, 0, '{"ledger.results": 4, "ledger.transfers": 3, "ledger.accounts": 2}',
          '2026-01-01 00:00:02Z', '2026-01-01 00:00:02.2Z'),
        ('t3', 3, 'ledger', 'one', 3, 0, 4, 0, 0, '{"ledger.results": 1, "ledger.transfers": 1, "ledger.accounts": 2}',
          '2026-01-01 00:00:03Z', '2026-01-01 00:00:03.2Z');
      INSERT INTO ledger.accounts VALUES
        ('eu', 1, 978, 10, false, false, false, 0, 100, 0, 30, '2026-01-01Z'),
        ('eu', 2, 978, 10, true, false, false, 0, 30, 0, 100, '2026-01-01Z');
      INSERT INTO ledger.transfers (grp, seq, id, kind, pending_id, debit, credit, amount, posted_delta,
          pending_delta, ledger, code, timeout_seconds, log_time, topic_partition, record_offset, epoch) VALUES
        ('eu', 1, '00000000-0000-7000-8000-000000000001', 'transfer', NULL, 1, 2, 100, 100, 0, 978, 1, 0, '2026-01-01Z', 0, 2, 1),
        ('eu', 2, '00000000-0000-7000-8000-000000000002', 'pending', NULL, 2, 1, 30, 0, 30, 978, 1, 0, '2026-01-01Z', 0, 3, 2),
        ('eu', 3, '00000000-0000-7000-8000-000000000003', 'post', '00000000-0000-7000-8000-000000000002',
          2, 1, 30, 30, -30, 978, 1, 0, '2026-01-01Z', 0, 4, 2),
        ('eu', 4, '00000000-0000-7000-8000-000000000004', 'pending', NULL, 2, 1, 40, 0, 40, 978, 1, 1, '2026-01-01Z', 0, 6, 2),
        ('eu', 5, '00000000-0000-8000-8000-000000000005', 'expire', '00000000-0000-7000-8000-000000000004',
          2, 1, 40, 0, -40, 978, 1, 0, '2026-01-01 00:00:02Z', 0, 7, 3);
      INSERT INTO ledger.results VALUES
        (0, 0, 0, 'eu', NULL, 1, 'created', NULL, '2026-01-01Z', 1),
        (0, 1, 0, 'eu', NULL, 2, 'created', NULL, '2026-01-01Z', 1),
        (0, 2, 0, 'eu', '00000000-0000-7000-8000-000000000001', NULL, 'created', 1, '2026-01-01Z', 1),
        (0, 3, 0, 'eu', '00000000-0000-7000-8000-000000000002', NULL, 'created', 2, '2026-01-01Z', 2),
        (0, 4, 0, 'eu', '00000000-0000-7000-8000-000000000003', NULL, 'created', 3, '2026-01-01Z', 2),
        (0, 5, 0, 'eu', '00000000-0000-7000-8000-000000000009', NULL, 'exceeds_credits', NULL, '2026-01-01Z', 2),
        (0, 6, 0, 'eu', '00000000-0000-7000-8000-000000000004', NULL, 'created', 4, '2026-01-01Z', 2),
        (0, 7, 0, 'eu', '00000000-0000-7000-8000-000000000009', NULL, 'id_already_failed', NULL, '2026-01-01 00:00:02Z', 3);
      """;

  private final PostgresDatabase database;

  private SmallLedger(PostgresDatabase database) {
    this.database = database;
  }

  /** Makes the database and its rows. */
  public static SmallLedger create() throws SQLException, IOException {
    SmallLedger ledger = new SmallLedger(TestServers.newDatabase());
    for (String schema : new String[] {"onceflow.sql", "ledger.sql"}) {
      ledger.run(Files.readString(repository().resolve("flink-conf/sql").resolve(schema)));
    }
    ledger.run(ROWS);
    return ledger;
  }

  /** The root of this repository. */
  static Path repository() {
    Path up = Path.of("").toAbsolutePath();
    while (Files.notExists(up.resolve("flink-conf"))) {
      up = up.getParent();
    }
    return up;
  }

  /** Opens a connection; the caller closes it. */
  public Connection connect() throws SQLException {
    return database.connect();
  }

  /** Executes statements and commits them. */
  public void run(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
