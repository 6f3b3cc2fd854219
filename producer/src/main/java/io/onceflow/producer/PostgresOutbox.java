package io.onceflow.producer;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import javax.sql.DataSource;

/**
 * An outbox in a table of the application's own PostgreSQL: {@link #add} stores the message in the
 * transaction of the change it tells of. The tables are those of {@code outbox.sql} beside this
 * class.
 *
 * <p>A message gets its number when the sender takes it and not when it is added: an insert that is
 * rolled back leaves no gap, and one that commits late is not overlooked. Two senders would still
 * give no number twice, for both lock the row of the producer; an advisory lock lets only one send
 * at a time, and the other one waits until that one's connection ends.
 *
 * <p>Order: messages that were committed before the sender looked are taken in the order of their
 * inserts. Of two transactions that touch the same key, add the message after the statement that
 * makes one wait for the other.
 *
 * <p>The sender holds one connection. It must be a session of its own, not one of a pool that
 * shares sessions between transactions.
 */
public final class PostgresOutbox implements Outbox {

  private static final int TIMEOUT_SECONDS = 30;

  private static final String TAKE =
      """
      UPDATE onceflow_outbox o
      SET sequence = ? + head.n, taken_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
      FROM (SELECT position, row_number() OVER (ORDER BY position) AS n
            FROM (SELECT position FROM onceflow_outbox
                  WHERE producer = ? AND sequence IS NULL ORDER BY position LIMIT ?) first) head
      WHERE o.position = head.position
      """;

  private static final String TAKEN =
      """
      SELECT sequence, id, key, priority, event_time_ms, payload, headers, taken_at_ms,
             coalesce(final_since_ms, 0)
      FROM onceflow_outbox
      WHERE producer = ? AND sequence > ?
      ORDER BY sequence
      """;

  private final DataSource database;
  private final String producer;
  private final TransactionalListener listener;
  private Connection session;

  /**
   * Hears of an outcome in the transaction that forgets the message: exactly once for each message,
   * as far as what it does is in that transaction.
   */
  @FunctionalInterface
  public interface TransactionalListener {

    /**
     * @param connection of the transaction; not to be committed, rolled back or closed
     * @throws SQLException then the message stays, and this is tried again
     */
    void onFinal(Connection connection, FinalOutcome outcome) throws SQLException;
  }

  /** An outbox whose outcomes nobody needs in the database. */
  public PostgresOutbox(DataSource database, String producer) {
    this(database, producer, (connection, outcome) -> {});
  }

  /**
   * @param listener called on the sender's thread
   */
  public PostgresOutbox(DataSource database, String producer, TransactionalListener listener) {
    this.database = Objects.requireNonNull(database, "database");
    this.producer = Objects.requireNonNull(producer, "producer");
    this.listener = Objects.requireNonNull(listener, "listener");
  }

  /**
   * Adds a message in the caller's transaction; it is sent once that has committed. Any thread, any
   * process; the same as an INSERT of the columns that have no default.
   */
  public static void add(Connection connection, String producer, OutboxMessage message)
      throws SQLException {
    String sql =
        """
        INSERT INTO onceflow_outbox (producer, id, key, priority, event_time_ms, payload, headers)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, producer);
      insert.setString(2, message.id());
      insert.setString(3, message.key());
      insert.setInt(4, message.priority());
      insert.setLong(5, message.eventTimeMs());
      insert.setBytes(6, message.payload());
      insert.setArray(7, connection.createArrayOf("text", pairs(message.headers())));
      insert.executeUpdate();
    }
  }

  private static Object[] pairs(Map<String, String> headers) {
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(headers)
        .forEach(
            (name, value) -> {
              pairs.add(name);
              pairs.add(value);
            });
    return pairs.toArray();
  }

  @Override
  public String producer() {
    return producer;
  }

  @Override
  public boolean claim() throws OutboxException {
    if (session == null) {
      connect();
    }
    // Reentrant in the session that holds it, and an error when that session is gone.
    String held =
        """
        SELECT EXISTS (SELECT FROM pg_locks
                       WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
                         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND (classid::bigint << 32 | objid::bigint) = hashtextextended(?, 7))
               OR pg_try_advisory_lock(hashtextextended(?, 7))
        """;
    return inSession(
        "be claimed",
        connection -> {
          try (PreparedStatement lock = prepare(connection, held)) {
            lock.setString(1, "onceflow-outbox/" + producer);
            lock.setString(2, "onceflow-outbox/" + producer);
            return one(lock).getBoolean(1);
          }
        });
  }

  private void connect() throws OutboxException {
    try {
      session = database.getConnection();
      session.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      session.setAutoCommit(false);
    } catch (SQLException e) {
      disconnect();
      throw new OutboxException(
          "The outbox of %s has no connection to its database: %s"
              .formatted(producer, e.getMessage()),
          e);
    }
    inSession(
        "be prepared",
        connection -> {
          String sql =
              "INSERT INTO onceflow_outbox_producer VALUES (?, 0) ON CONFLICT (producer) DO NOTHING";
          try (PreparedStatement insert = prepare(connection, sql)) {
            insert.setString(1, producer);
            return insert.executeUpdate();
          }
        });
  }

  @Override
  public long lastSequence() throws OutboxException {
    return inSession("be read", connection -> lastSequence(connection, ""));
  }

  private long lastSequence(Connection connection, String lock) throws SQLException {
    String sql = "SELECT last_sequence FROM onceflow_outbox_producer WHERE producer = ? " + lock;
    try (PreparedStatement select = prepare(connection, sql)) {
      select.setString(1, producer);
      return one(select).getLong(1);
    }
  }

  @Override
  public List<TakenMessage> taken() throws OutboxException {
    return inSession("be read", connection -> taken(connection, 0));
  }

  private List<TakenMessage> taken(Connection connection, long after) throws SQLException {
    List<TakenMessage> taken = new ArrayList<>();
    try (PreparedStatement select = prepare(connection, TAKEN)) {
      select.setString(1, producer);
      select.setLong(2, after);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          taken.add(
              new TakenMessage(
                  rows.getLong(1),
                  new OutboxMessage(
                      rows.getString(2),
                      rows.getString(3),
                      rows.getInt(4),
                      rows.getLong(5),
                      rows.getBytes(6),
                      headers(rows.getArray(7))),
                  rows.getLong(8),
                  rows.getLong(9)));
        }
      }
    }
    return taken;
  }

  private static Map<String, String> headers(Array array) throws SQLException {
    Object[] pairs = (Object[]) array.getArray();
    Map<String, String> headers = new HashMap<>();
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      headers.put((String) pairs[i], (String) pairs[i + 1]);
    }
    return headers;
  }

  @Override
  public List<TakenMessage> take(int max) throws OutboxException {
    return inSession(
        "give numbers",
        connection -> {
          if (!hasWaiting(connection)) {
            return List.of();
          }
          long last = lastSequence(connection, "FOR UPDATE");
          long next = last + number(connection, last, max);
          String sql = "UPDATE onceflow_outbox_producer SET last_sequence = ? WHERE producer = ?";
          try (PreparedStatement update = prepare(connection, sql)) {
            update.setLong(1, next);
            update.setString(2, producer);
            update.executeUpdate();
          }
          return taken(connection, last);
        });
  }

  private boolean hasWaiting(Connection connection) throws SQLException {
    String sql =
        "SELECT EXISTS (SELECT FROM onceflow_outbox WHERE producer = ? AND sequence IS NULL)";
    try (PreparedStatement select = prepare(connection, sql)) {
      select.setString(1, producer);
      return one(select).getBoolean(1);
    }
  }

  private int number(Connection connection, long last, int max) throws SQLException {
    try (PreparedStatement update = prepare(connection, TAKE)) {
      update.setLong(1, last);
      update.setString(2, producer);
      update.setInt(3, max);
      return update.executeUpdate();
    }
  }

  @Override
  public void markFinal(List<Long> sequences, long nowMs) throws OutboxException {
    String sql =
        """
        UPDATE onceflow_outbox SET final_since_ms = ?
        WHERE producer = ? AND sequence = ANY (?) AND final_since_ms IS NULL
        """;
    inSession(
        "remember what is final",
        connection -> {
          try (PreparedStatement update = prepare(connection, sql)) {
            update.setLong(1, nowMs);
            update.setString(2, producer);
            update.setArray(3, connection.createArrayOf("bigint", sequences.toArray()));
            return update.executeUpdate();
          }
        });
  }

  @Override
  public void finish(List<FinalOutcome> outcomes) throws OutboxException {
    inSession(
        "forget what is final",
        connection -> {
          Set<Long> deleted = delete(connection, outcomes);
          for (FinalOutcome outcome : outcomes) {
            // Another sender may have been first; then its listener has heard of it.
            if (deleted.remove(outcome.sequence())) {
              listener.onFinal(connection, outcome);
            }
          }
          return null;
        });
  }

  private Set<Long> delete(Connection connection, List<FinalOutcome> outcomes) throws SQLException {
    String sql =
        "DELETE FROM onceflow_outbox WHERE producer = ? AND sequence = ANY (?) RETURNING sequence";
    Set<Long> deleted = new HashSet<>();
    try (PreparedStatement delete = prepare(connection, sql)) {
      delete.setString(1, producer);
      Object[] sequences = outcomes.stream().map(FinalOutcome::sequence).toArray();
      delete.setArray(2, connection.createArrayOf("bigint", sequences));
      try (ResultSet rows = delete.executeQuery()) {
        while (rows.next()) {
          deleted.add(rows.getLong(1));
        }
      }
    }
    return deleted;
  }

  private interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  /** In one transaction. Whatever fails ends the session, and with it the claim. */
  private <T> T inSession(String what, Work<T> work) throws OutboxException {
    if (session == null) {
      throw new OutboxException(
          "The outbox of %s cannot %s: it is not claimed.".formatted(producer, what), null);
    }
    boolean done = false;
    try {
      T result = work.in(session);
      session.commit();
      done = true;
      return result;
    } catch (SQLException e) {
      throw new OutboxException(
          "The outbox of %s cannot %s: %s".formatted(producer, what, e.getMessage()), e);
    } finally {
      if (!done) {
        disconnect();
      }
    }
  }

  private static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setQueryTimeout(TIMEOUT_SECONDS);
    return statement;
  }

  private static ResultSet one(PreparedStatement select) throws SQLException {
    ResultSet rows = select.executeQuery();
    if (!rows.next()) {
      throw new SQLException("No row where there must be one: was the outbox emptied?");
    }
    return rows;
  }

  /** Unlocks too: a pool would keep the session, and the lock with it. */
  private void disconnect() {
    Connection ended = session;
    session = null;
    if (ended == null) {
      return;
    }
    try (ended) {
      ended.rollback();
      try (PreparedStatement unlock = prepare(ended, "SELECT pg_advisory_unlock_all()")) {
        unlock.execute();
      }
      ended.commit();
      ended.setAutoCommit(true);
    } catch (SQLException e) {
      // It was lost; the server has released the lock, or does when it notices.
      OutboxLog.LOG.debug("The session of the outbox of {} ended by {}.", producer, e.toString());
    }
  }

  /** Ends the session; the next sender may go on. */
  @Override
  public void close() {
    disconnect();
  }
}
