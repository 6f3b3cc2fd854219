package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SinkGates;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.DeadLetterDesk;
import io.onceflow.common.commit.inspect.Housekeeping;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.Marker;
import io.onceflow.common.commit.inspect.RowCheck;
import io.onceflow.common.commit.inspect.RunInfo;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreClient;
import io.onceflow.common.commit.inspect.StoreInspector;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.lock.SinkLeases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An operator's view of one PostgreSQL database. Each method is one transaction; a connection on
 * which something failed is not used again.
 */
public final class PostgresInspector implements StoreInspector {

  /** What the tool calls itself, so that it does not take its own connection for a job's. */
  static final String APPLICATION_NAME = "onceflow-tool";

  /** For checks that ask which prepared transactions are the sink's own: none is. */
  private static final SinkId ANY_SINK = new SinkId("any");

  private final PostgresConnector connector;
  private Connection connection;

  private PostgresInspector(PostgresConnector connector) {
    this.connector = connector;
  }

  /** Inspects the database that a job's configuration names. */
  public static PostgresInspector at(PostgresConfig config) {
    return new PostgresInspector(new DriverConnector(config));
  }

  @Override
  public String description() {
    return "PostgreSQL at " + connector.description();
  }

  @Override
  public Instant now() throws StoreException {
    return run(
        "Asking for the time",
        current ->
            new Query("SELECT clock_timestamp() AS now")
                .one(current, row -> Query.instant(row, "now")));
  }

  @Override
  public List<String> problems(CommitStrategy strategy) throws StoreException {
    return run(
        "Checking the database",
        current -> {
          var preflight =
              strategy == CommitStrategy.PREPARED
                  ? PostgresPreflight.prepared(current, List.of(), ANY_SINK)
                  : PostgresPreflight.staged(current, List.of());
          var problems = new ArrayList<>(preflight.problems());
          problems.addAll(new ServerFacts(current).problems());
          return problems;
        });
  }

  @Override
  public List<String> facts() throws StoreException {
    return run("Reading the server's settings", current -> new ServerFacts(current).facts());
  }

  @Override
  public List<SinkInfo> sinks() throws StoreException {
    return run("Reading the sinks", InspectionTables::sinks);
  }

  @Override
  public List<RunInfo> runs(SinkId sinkId) throws StoreException {
    return run("Reading the runs", current -> InspectionTables.runs(current, sinkId));
  }

  @Override
  public List<Marker> markers(SinkId sinkId, int limit) throws StoreException {
    return run("Reading the markers", current -> InspectionTables.markers(current, sinkId, limit));
  }

  @Override
  public List<String> committed(Collection<String> transactionIds) throws StoreException {
    return run(
        "Looking for markers", current -> InspectionTables.committed(current, transactionIds));
  }

  @Override
  public List<InDoubt> inDoubt() throws StoreException {
    return run("Listing the prepared transactions", PreparedList::read);
  }

  @Override
  public List<InDoubt> inDoubtHere() throws StoreException {
    return run("Listing the database's prepared transactions", PreparedList::ofThisDatabase);
  }

  @Override
  public PreparedSession settling(SinkId sinkId, String runId) {
    return new PostgresPreparedSession(connector, sinkId, runId, List.of(), OnReject.FAIL);
  }

  @Override
  public void whileOwning(SinkId sinkId, String runId, OwnersWork work) throws StoreException {
    run(
        "Locking the sink",
        current -> {
          var owners =
              new Query(
                      "SELECT owner_run FROM onceflow.sink WHERE sink_id = ? FOR UPDATE",
                      sinkId.value())
                  .list(current, row -> row.getString(1));
          if (!owners.contains(runId)) {
            throw PostgresSession.fenced(
                "Sink '%s' was taken over by %s meanwhile; this run stops."
                    .formatted(sinkId, owners));
          }
          work.run();
          return null;
        });
  }

  @Override
  public List<RowCheck> recount(SinkId sinkId) throws StoreException {
    return run(
        "Counting rows",
        current -> {
          Recount.useOneSnapshot(current);
          return new Recount(current, sinkId).checks();
        });
  }

  @Override
  public List<StoreClient> clients() throws StoreException {
    return run("Listing the sessions", PreparedList::clients);
  }

  @Override
  public Optional<SinkGates> gates() throws StoreException {
    return run("Looking for leases", PostgresLeases::areReadable)
        ? Optional.of(SinkLeases.of(new PostgresLeaseStore(connector)))
        : Optional.empty();
  }

  @Override
  public List<AuditRow> audit(SinkId sinkId, int limit) throws StoreException {
    return run("Reading the audit", current -> AuditTable.read(current, sinkId, limit));
  }

  @Override
  public void record(AuditRow row) throws StoreException {
    run(
        "Writing the audit",
        current -> {
          AuditTable.insert(current, row);
          return null;
        });
  }

  @Override
  public DeadLetterDesk deadLetters() {
    return new DeadLetterTable(
        new Transactions() {
          @Override
          public <R> R run(String doing, Work<R> work) throws StoreException {
            return PostgresInspector.this.run(doing, work);
          }
        });
  }

  @Override
  public Housekeeping garbage(SinkId sinkId, int keepRuns, long keepMarkers) throws StoreException {
    return run(
        "Looking for old rows",
        current -> new OldRows(current, sinkId, keepRuns, keepMarkers).count());
  }

  @Override
  public Housekeeping collect(SinkId sinkId, int keepRuns, long keepMarkers, Actor actor)
      throws StoreException {
    return run(
        "Removing old rows",
        current -> new OldRows(current, sinkId, keepRuns, keepMarkers).remove(actor));
  }

  /** A piece of work that is committed when it returns. */
  interface Work<R> {
    R run(Connection connection) throws SQLException, StoreException;
  }

  /** Runs work in a transaction of its own. */
  interface Transactions {
    <R> R run(String doing, Work<R> work) throws StoreException;
  }

  private <R> R run(String doing, Work<R> work) throws StoreException {
    var done = false;
    try {
      var current = connected();
      var result = work.run(current);
      current.commit();
      done = true;
      return result;
    } catch (SQLException e) {
      throw PostgresErrors.exception(PostgresErrors.classify(e), doing, e);
    } catch (IllegalStateException e) {
      throw new StoreException(ErrorClass.SYSTEM, e.getMessage(), null);
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private Connection connected() throws SQLException {
    if (connection == null) {
      connection = connector.connect();
      try (var statement = connection.createStatement()) {
        statement.execute(
            "SET application_name = '%s'; SET lock_timeout = '30s'; SET TIME ZONE 'UTC'"
                .formatted(APPLICATION_NAME));
      }
      connection.setAutoCommit(false);
    }
    return connection;
  }

  @Override
  public void close() {
    var current = connection;
    connection = null;
    if (current != null) {
      try {
        current.close();
      } catch (SQLException e) {
        // The server ends the transaction of a connection that is gone.
        return;
      }
    }
  }
}
