package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.lock.Lease;
import io.onceflow.common.lock.LeaseAnswer;
import io.onceflow.common.lock.LeaseHolder;
import io.onceflow.common.lock.LeaseRequest;
import io.onceflow.common.lock.Leases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Leases as rows that are compared and changed by one statement, under the server's clock. */
final class PostgresLeases implements Leases {

  private static final String SETTINGS =
      "SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '20s';";

  /** A table, a schema, a column. */
  private static final Set<String> MISSING = Set.of("42P01", "3F000", "42703");

  /** An owner that holds the key keeps its token, if that is high enough. */
  private static final String ACQUIRE =
      """
      INSERT INTO onceflow.lease AS held (key, token, owner, expires_at)
      VALUES (?, ? + 1, ?, clock_timestamp() + ? * interval '1 millisecond')
      ON CONFLICT (key) DO UPDATE SET
        token = CASE WHEN held.owner = EXCLUDED.owner AND held.token >= EXCLUDED.token THEN held.token
                     ELSE greatest(held.token + 1, EXCLUDED.token) END,
        owner = EXCLUDED.owner, expires_at = EXCLUDED.expires_at
      WHERE ? OR held.owner IS NULL OR held.owner = EXCLUDED.owner OR held.expires_at <= clock_timestamp()
      RETURNING token
      """;

  private static final String RENEW =
      """
      UPDATE onceflow.lease SET expires_at = clock_timestamp() + ? * interval '1 millisecond'
      WHERE key = ? AND owner = ? AND token = ? AND expires_at > clock_timestamp()
      """;

  private static final String RELEASE =
      """
      UPDATE onceflow.lease SET owner = NULL, expires_at = clock_timestamp()
      WHERE key = ? AND owner = ? AND token = ?
      """;

  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  private final DatabaseLink link;

  PostgresLeases(PostgresConnector connector) {
    this.link = new DatabaseLink(connector, "Leases", SETTINGS);
  }

  @Override
  public LeaseAnswer tryAcquire(LeaseRequest request) throws StoreException {
    return inTransaction(
        "Asking for the lease of key '%s'".formatted(request.key()),
        current -> {
          var lease = take(current, request, false);
          return lease.isPresent()
              ? new LeaseAnswer.Acquired(lease.get())
              : new LeaseAnswer.Held(readHolder(current, request.key(), false).orElseThrow());
        });
  }

  @Override
  public Lease takeOver(LeaseRequest request) throws StoreException {
    return inTransaction(
        "Taking the lease of key '%s'".formatted(request.key()),
        current -> take(current, request, true).orElseThrow());
  }

  private static Optional<Lease> take(
      Connection current, LeaseRequest request, boolean whoeverHoldsIt) throws SQLException {
    var askedAtNanos = System.nanoTime();
    var sql =
        new Query(
            ACQUIRE,
            request.key(),
            request.floor(),
            request.owner(),
            request.ttl().toMillis(),
            whoeverHoldsIt);
    return sql.list(current, row -> row.getLong(1)).stream()
        .map(token -> Lease.of(request, token, askedAtNanos))
        .findFirst();
  }

  @Override
  public Optional<Lease> renew(Lease lease) throws StoreException {
    return inTransaction(
        "Renewing the lease of key '%s'".formatted(lease.key()),
        current -> {
          var askedAtNanos = System.nanoTime();
          var sql =
              new Query(RENEW, lease.ttl().toMillis(), lease.key(), lease.owner(), lease.token());
          return sql.update(current) == 1
              ? Optional.of(lease.renewed(askedAtNanos))
              : Optional.empty();
        });
  }

  @Override
  public boolean release(Lease lease) throws StoreException {
    return inTransaction(
        "Giving back the lease of key '%s'".formatted(lease.key()),
        current ->
            new Query(RELEASE, lease.key(), lease.owner(), lease.token()).update(current) == 1);
  }

  @Override
  public Optional<LeaseHolder> holder(String key) throws StoreException {
    return inTransaction(
        "Reading the lease of key '%s'".formatted(key), current -> readHolder(current, key, true));
  }

  static Optional<LeaseHolder> readHolder(Connection current, String key, boolean onlyIfValid)
      throws SQLException {
    var sql =
        """
        SELECT owner, token,
          ceil(extract(epoch FROM greatest(expires_at - clock_timestamp(), interval '0')) * 1000)::bigint
        FROM onceflow.lease
        WHERE key = ? AND owner IS NOT NULL AND (NOT ? OR expires_at > clock_timestamp())
        """;
    return new Query(sql, key, onlyIfValid)
            .list(
                current,
                row ->
                    new LeaseHolder(
                        key, row.getString(1), row.getLong(2), Duration.ofMillis(row.getLong(3))))
            .stream()
            .findFirst();
  }

  /** Whether the database has the table and this role may look at it. */
  static boolean areReadable(Connection current) throws SQLException {
    return new Query(
            "SELECT coalesce(has_table_privilege(to_regclass('onceflow.lease'), 'SELECT'), false)")
        .one(current, row -> row.getBoolean(1));
  }

  private <R> R inTransaction(String doing, DatabaseLink.Work<R> work) throws StoreException {
    try {
      return link.inTransaction(doing, work);
    } catch (StoreException e) {
      throw withTheWayOut(e);
    }
  }

  private static StoreException withTheWayOut(StoreException e) {
    var state = e.getCause() instanceof SQLException sql ? String.valueOf(sql.getSQLState()) : "";
    if (MISSING.contains(state)) {
      return withHint(e, "Run flink-conf/sql/locks.sql as the owner of the leases' database.");
    }
    return state.equals(INSUFFICIENT_PRIVILEGE)
        ? withHint(e, "Grant the rights of flink-conf/sql/locks-roles.sql.")
        : e;
  }

  private static StoreException withHint(StoreException e, String hint) {
    return new StoreException(ErrorClass.SYSTEM, e.getMessage() + " " + hint, e.getCause());
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
