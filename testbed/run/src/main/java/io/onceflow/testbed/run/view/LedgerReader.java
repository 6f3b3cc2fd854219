package io.onceflow.testbed.run.view;

import io.onceflow.testbed.run.check.FinalCheck.Database;
import io.onceflow.testbed.run.check.Invariants;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An independent reader of the ledger's tables. Every look is one read-only transaction with
 * isolation REPEATABLE READ, takes no lock that the job could wait for, and reads by index only
 * what was added since the last look; it checks on the way that every new epoch is whole, that
 * epochs come in order and that the sequence of each group is dense.
 *
 * <p>Numbers and latencies are of the epochs after a base, those up to it are of earlier runs over
 * the same data. The base is what the first look finds to be the last epoch, or is taken from
 * another reader that this one follows. Used by one thread.
 */
public final class LedgerReader implements AutoCloseable {

  private static final String MARKERS =
      """
      SELECT epoch, checkpoint_id, lineage, rejected,
        coalesce((rows_by_target ->> 'ledger.results')::bigint, 0),
        coalesce((rows_by_target ->> 'ledger.transfers')::bigint, 0),
        (extract(epoch FROM committed_at - prepared_at) * 1000)::bigint
      FROM onceflow.marker WHERE epoch > ? ORDER BY epoch
      """;
  private static final String RESULTS =
      """
      SELECT r.topic_partition, r.epoch, r.result, count(*), count(*) FILTER (WHERE r.leg = 0),
        max(r.record_offset)
      FROM unnest(?::int[], ?::bigint[]) AS v(p, o)
      JOIN ledger.results r ON r.topic_partition = v.p AND r.record_offset > v.o
      GROUP BY 1, 2, 3
      """;
  private static final String LATENCIES =
      """
      SELECT (extract(epoch FROM m.committed_at - r.log_time) * 1000)::bigint, count(*)
      FROM unnest(?::int[], ?::bigint[]) AS v(p, o)
      JOIN ledger.results r ON r.topic_partition = v.p AND r.record_offset > v.o
      JOIN onceflow.marker m ON m.epoch = r.epoch
      WHERE r.epoch > ?
      GROUP BY 1
      """;
  private static final String TRANSFERS =
      """
      SELECT t.grp, t.epoch, count(*), max(t.seq)
      FROM unnest(?::text[], ?::bigint[]) AS v(g, s)
      JOIN ledger.transfers t ON t.grp = v.g AND t.seq > v.s
      GROUP BY 1, 2
      """;

  private static final long UNKNOWN = -1;

  private final Database database;
  private final Long[] offsets;
  private final Map<String, Long> seqs = new TreeMap<>();
  private final Map<String, Long> codes = new HashMap<>();
  private final Histogram commit = new Histogram();
  private final Histogram endToEnd = new Histogram();
  private final List<String> brokenForGood = new ArrayList<>();
  private Connection connection;
  private String lineage;
  private long epoch;
  private long checkpointId;
  private long base;
  private long earlier;
  private long commands;
  private long transfers;

  /** A marker's claim, until it is compared. */
  private static final class Sealed {
    private long rejected;
    private long results;
    private long transfers;
  }

  /** Connects on the first look. */
  public LedgerReader(Database database, int partitions) {
    this(database, partitions, UNKNOWN);
  }

  /**
   * Connects on the first look.
   *
   * @param base the last epoch of earlier runs
   */
  public LedgerReader(Database database, int partitions, long base) {
    this.database = database;
    this.base = base;
    this.offsets = new Long[partitions];
    java.util.Arrays.fill(offsets, -1L);
  }

  /** The last epoch of earlier runs, known after the first look. */
  public long base() {
    return base;
  }

  /** Reads what is new. */
  public Look look() throws SQLException {
    if (connection == null) {
      connection = connect(database);
    }
    Map<Long, Sealed> epochs = readMarkers();
    readLatencies();
    readResults(epochs);
    readTransfers(epochs);
    epochs.forEach(this::requireWhole);
    List<String> broken = new ArrayList<>(brokenForGood);
    broken.addAll(Invariants.broken(connection, Invariants.LIGHT));
    connection.commit();
    return new Look(
        earlier,
        commands,
        transfers,
        Map.copyOf(codes),
        epoch,
        checkpointId,
        Look.Latency.of(commit),
        Look.Latency.of(endToEnd),
        List.copyOf(broken));
  }

  /** A connection whose transactions are snapshots, and whose queries go by index on one core. */
  static Connection connect(Database database) throws SQLException {
    Connection connection = database.connect();
    try (Statement statement = connection.createStatement()) {
      // New tables have no statistics; the planner would read them whole to find the newest rows.
      statement.execute(
          "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
              + " SET max_parallel_workers_per_gather = 0; SET jit = off");
    }
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    return connection;
  }

  private Map<Long, Sealed> readMarkers() throws SQLException {
    Map<Long, Sealed> epochs = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(MARKERS)) {
      statement.setLong(1, epoch);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          epoch = rows.getLong(1);
          requireOrder(rows.getLong(2), rows.getString(3));
          Sealed sealed = new Sealed();
          sealed.rejected = rows.getLong(4);
          sealed.results = rows.getLong(5);
          sealed.transfers = rows.getLong(6);
          epochs.put(epoch, sealed);
          if (base != UNKNOWN && epoch > base) {
            commit.add(rows.getLong(7), 1);
          }
        }
      }
    }
    if (base == UNKNOWN) {
      base = epoch;
    }
    return epochs;
  }

  private void requireOrder(long nextCheckpointId, String nextLineage) {
    if (nextLineage.equals(lineage) && nextCheckpointId <= checkpointId) {
      brokenForGood.add(
          "epoch %d is of checkpoint %d and follows checkpoint %d"
              .formatted(epoch, nextCheckpointId, checkpointId));
    }
    lineage = nextLineage;
    checkpointId = nextCheckpointId;
  }

  private PreparedStatement newResults(String sql) throws SQLException {
    Integer[] partitions = new Integer[offsets.length];
    java.util.Arrays.setAll(partitions, i -> i);
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setArray(1, connection.createArrayOf("int", partitions));
    statement.setArray(2, connection.createArrayOf("bigint", offsets));
    return statement;
  }

  private void readLatencies() throws SQLException {
    try (PreparedStatement statement = newResults(LATENCIES)) {
      statement.setLong(3, base);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          endToEnd.add(rows.getLong(1), rows.getLong(2));
        }
      }
    }
  }

  private void readResults(Map<Long, Sealed> epochs) throws SQLException {
    try (PreparedStatement statement = newResults(RESULTS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        int partition = rows.getInt(1);
        claim(epochs, rows.getLong(2), "ledger.results").results -= rows.getLong(4);
        if (rows.getLong(2) > base) {
          codes.merge(rows.getString(3), rows.getLong(4), Long::sum);
          commands += rows.getLong(5);
        } else {
          earlier += rows.getLong(5);
        }
        offsets[partition] = Math.max(offsets[partition], rows.getLong(6));
      }
    }
  }

  private void readTransfers(Map<Long, Sealed> epochs) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT DISTINCT grp FROM ledger.accounts")) {
      while (rows.next()) {
        seqs.putIfAbsent(rows.getString(1), 0L);
      }
    }
    Array groups = connection.createArrayOf("text", seqs.keySet().toArray(new String[0]));
    Array lasts = connection.createArrayOf("bigint", seqs.values().toArray(new Long[0]));
    Map<String, Long> expected = new HashMap<>(seqs);
    try (PreparedStatement statement = connection.prepareStatement(TRANSFERS)) {
      statement.setArray(1, groups);
      statement.setArray(2, lasts);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          long count = rows.getLong(3);
          claim(epochs, rows.getLong(2), "ledger.transfers").transfers -= count;
          transfers += rows.getLong(2) > base ? count : 0;
          expected.merge(rows.getString(1), count, Long::sum);
          seqs.merge(rows.getString(1), rows.getLong(4), Math::max);
        }
      }
    }
    requireDense(expected);
  }

  private void requireDense(Map<String, Long> expected) {
    seqs.forEach(
        (group, seq) -> {
          if (!seq.equals(expected.get(group))) {
            brokenForGood.add(
                "the sequence of %s is at %d with %d transfers"
                    .formatted(group, seq, expected.get(group)));
          }
        });
  }

  private Sealed claim(Map<Long, Sealed> epochs, long rowEpoch, String table) {
    return epochs.computeIfAbsent(
        rowEpoch,
        late -> {
          brokenForGood.add(
              "epoch %d got rows in %s that its first reader did not see".formatted(late, table));
          return new Sealed();
        });
  }

  private void requireWhole(long number, Sealed left) {
    boolean whole =
        left.results >= 0 && left.transfers >= 0 && left.results + left.transfers <= left.rejected;
    if (!whole) {
      brokenForGood.add(
          "epoch %d lacks %d of its results and %d of its transfers; %d were rejected"
              .formatted(number, left.results, left.transfers, left.rejected));
    }
  }

  @Override
  public void close() throws SQLException {
    if (connection != null) {
      connection.close();
    }
  }
}
