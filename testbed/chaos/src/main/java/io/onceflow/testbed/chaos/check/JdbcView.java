package io.onceflow.testbed.chaos.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tables {@code legs} and {@code balances} of a database, each look in one REPEATABLE READ
 * snapshot. A connection that broke is opened again by the next look.
 */
public final class JdbcView implements StoreView {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long BEFORE_ALL = -Long.MAX_VALUE;

  private final Database database;
  private Connection connection;
  private long settledId = BEFORE_ALL;
  private long settledRows;
  private long newestId;
  private long newestRows;

  /** Opens a connection to the server itself. */
  public interface Opening {
    /** Opens one; the caller closes it. */
    Connection open() throws SQLException;
  }

  /**
   * One block's database.
   *
   * @param opening connects to it
   * @param onceflow the schema of the markers; null with a peer
   * @param sinkId whose markers
   * @param problems one-column queries over the store's own records; each row is a sentence
   * @param undecided queries for visible transactions on which nobody has decided: the number of
   *     the epoch and the rows by target
   * @param inDoubt a query whose rows are prepared transactions
   * @param inDoubtColumn the column of it that holds the id
   * @param leftBefore ids in it that are not this block's
   */
  public record Database(
      Opening opening,
      String onceflow,
      String sinkId,
      List<String> problems,
      List<String> undecided,
      String inDoubt,
      int inDoubtColumn,
      Set<String> leftBefore) {}

  /** A view that reads from the first row on. */
  public JdbcView(Database database) {
    this.database = database;
  }

  @Override
  public boolean hasMarkers() {
    return database.onceflow() != null;
  }

  @Override
  public Seen read(Duration patience) throws SQLException {
    return inSnapshot(
        () -> {
          var total = number("SELECT count(*) FROM legs");
          var rows = rowsAfter(settledId);
          var fromStart = settledRows + rows.size() != total;
          if (fromStart) {
            rows = rowsAfter(BEFORE_ALL);
          }
          newestRows = total;
          newestId = rows.stream().mapToLong(Row::place).max().orElse(settledId);
          return new Seen(fromStart, rows, markers(), problems());
        });
  }

  @Override
  public void settle() {
    settledId = newestId;
    settledRows = newestRows;
  }

  @Override
  public void restart() {
    settledId = BEFORE_ALL;
    settledRows = 0;
  }

  private List<Row> rowsAfter(long id) throws SQLException {
    return list(
        "SELECT id, event_key, seq, leg, account, amount, crc, epoch FROM legs WHERE id > %d ORDER BY id"
            .formatted(id),
        row ->
            new Row(
                row.getLong(1),
                row.getInt(2),
                row.getLong(3),
                row.getInt(4),
                row.getInt(5),
                row.getLong(6),
                row.getLong(7),
                nullable(row, 8)));
  }

  private List<MarkerRow> markers() throws SQLException {
    if (!hasMarkers()) {
      return List.of();
    }
    // Numbers are given when a transaction begins; prepared epochs follow in the order of their
    // decisions.
    return list(
        """
        SELECT m.transaction_id, m.epoch, m.decision_id, m.lineage, m.checkpoint_id, m.rows_by_target
        FROM %1$s.marker m LEFT JOIN %1$s.decision d ON d.transaction_id = m.decision_id
        WHERE m.sink_id = '%2$s' ORDER BY d.decided_at, m.epoch"""
            .formatted(database.onceflow(), database.sinkId()),
        row ->
            new MarkerRow(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                nullable(row, 5),
                null,
                legsIn(row.getString(6))));
  }

  private static long legsIn(String rowsByTarget) throws SQLException {
    try {
      var legs = 0L;
      for (var target : MAPPER.readTree(rowsByTarget).properties()) {
        legs += target.getKey().matches("(.*\\.)?legs") ? target.getValue().asLong() : 0;
      }
      return legs;
    } catch (IOException e) {
      throw new SQLException("A marker's rows_by_target is not JSON: " + rowsByTarget, e);
    }
  }

  private List<String> problems() throws SQLException {
    var problems = new ArrayList<String>();
    for (var query : database.problems()) {
      problems.addAll(list(query, row -> row.getString(1)));
    }
    return problems;
  }

  /**
   * With markers: the rows of finished epochs, which are as many as the markers say and add up per
   * account to its balance. Without: the rows that are visible.
   */
  @Override
  public Glimpse glimpse() throws SQLException {
    return inSnapshot(
        () -> {
          var sums = new LinkedHashMap<Integer, Long>();
          var finished = 0L;
          var unmarked = 0L;
          for (var account : accounts()) {
            if (account.finished() > 0) {
              sums.put(account.number(), account.sum());
            }
            finished += account.finished();
            unmarked += account.unmarked();
          }
          var sum = sums.values().stream().mapToLong(Long::longValue).sum();
          return hasMarkers()
              ? new Glimpse(finished, sum, torn(sums, finished), dirty(unmarked))
              : new Glimpse(finished, sum, List.of(), Map.of());
        });
  }

  /**
   * The rows of an account.
   *
   * @param sum of those whose epoch is finished
   * @param finished how many these are
   * @param unmarked how many have no marker at all
   */
  private record Account(int number, long sum, long finished, long unmarked) {}

  private List<Account> accounts() throws SQLException {
    var query =
        hasMarkers()
            ? """
            SELECT l.account, sum(CASE WHEN m.checkpoint_id IS NULL THEN 0 ELSE l.amount END),
              count(m.checkpoint_id), count(*) - count(m.epoch)
            FROM legs l LEFT JOIN %s.marker m ON m.epoch = l.epoch GROUP BY l.account"""
                .formatted(database.onceflow())
            : "SELECT account, sum(amount), count(*), 0 FROM legs GROUP BY account";
    return list(
        query, row -> new Account(row.getInt(1), row.getLong(2), row.getLong(3), row.getLong(4)));
  }

  private List<String> torn(Map<Integer, Long> sums, long finished) throws SQLException {
    var torn = new ArrayList<String>();
    var balances = balances();
    if (!balances.equals(sums)) {
      torn.add(
          "In a snapshot the balances are %s and the legs add up to %s.".formatted(balances, sums));
    }
    var marked =
        list(
                "SELECT rows_by_target FROM %s.marker WHERE sink_id = '%s' AND checkpoint_id IS NOT NULL"
                    .formatted(database.onceflow(), database.sinkId()),
                row -> legsIn(row.getString(1)))
            .stream()
            .mapToLong(Long::longValue)
            .sum();
    if (marked != finished) {
      torn.add(
          "In a snapshot the markers count %d rows and %d are there.".formatted(marked, finished));
    }
    return torn;
  }

  private Map<Long, Long> dirty(long unmarked) throws SQLException {
    var dirty = new HashMap<Long, Long>();
    if (unmarked > 0) {
      list(
          """
          SELECT l.epoch, count(*) FROM legs l LEFT JOIN %s.marker m ON m.epoch = l.epoch
          WHERE m.epoch IS NULL GROUP BY l.epoch"""
              .formatted(database.onceflow()),
          row -> dirty.put(row.getLong(1), row.getLong(2)));
    }
    for (var query : database.undecided()) {
      // A transaction without legs is one too many as well.
      list(query, row -> dirty.put(row.getLong(1), Math.max(1, legsIn(row.getString(2)))));
    }
    return dirty;
  }

  private Map<Integer, Long> balances() throws SQLException {
    var balances = new HashMap<Integer, Long>();
    list(
        "SELECT account, balance FROM balances",
        row -> balances.put(row.getInt(1), row.getLong(2)));
    return balances;
  }

  @Override
  public Optional<Map<Integer, Long>> balancesNow() throws SQLException {
    return hasMarkers() ? Optional.of(inSnapshot(this::balances)) : Optional.empty();
  }

  @Override
  public Set<String> inDoubt() throws SQLException {
    return inSnapshot(
        () -> {
          var ids =
              new HashSet<>(
                  list(database.inDoubt(), row -> row.getString(database.inDoubtColumn())));
          ids.removeAll(database.leftBefore());
          return ids;
        });
  }

  private interface Reading<V> {
    V read() throws SQLException;
  }

  private interface RowReader<V> {
    V read(ResultSet row) throws SQLException;
  }

  private <V> V inSnapshot(Reading<V> reading) throws SQLException {
    try {
      if (connection == null) {
        connection = database.opening().open();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      }
      var value = reading.read();
      connection.rollback();
      return value;
    } catch (SQLException e) {
      close();
      throw e;
    }
  }

  private <V> List<V> list(String query, RowReader<V> reader) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      var values = new ArrayList<V>();
      while (rows.next()) {
        values.add(reader.read(rows));
      }
      return values;
    }
  }

  private long number(String query) throws SQLException {
    return list(query, row -> row.getLong(1)).get(0);
  }

  private static Long nullable(ResultSet row, int column) throws SQLException {
    var value = row.getLong(column);
    return row.wasNull() ? null : value;
  }

  @Override
  public void close() {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // A connection that cannot be closed is gone; the next look opens another.
        connection = null;
      }
      connection = null;
    }
  }
}
