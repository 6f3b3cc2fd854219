package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
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
import io.onceflow.common.config.MariaDbConfig;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * An operator's view of the sinks of one Onceflow database on a MariaDB server. Each method is one
 * transaction; a connection on which something failed is not used again.
 */
public final class MariaDbInspector implements StoreInspector {

  /** For what asks which sink it is about, and is about none. */
  private static final SinkId ANY_SINK = new SinkId("any");

  private static final int IDLE_TRANSACTION_SECONDS = 60;

  private final MariaDbConnector connector;
  private final OnceflowTables names;
  private final MariaDbLink link;

  private MariaDbInspector(MariaDbConnector connector) {
    this.connector = connector;
    this.names = new OnceflowTables(connector.onceflowDatabase());
    this.link = new MariaDbLink(connector, ANY_SINK, IDLE_TRANSACTION_SECONDS);
  }

  /** Inspects the server and the Onceflow database that a job's configuration names. */
  public static MariaDbInspector at(MariaDbConfig config) {
    return new MariaDbInspector(new DriverConnector(config));
  }

  @Override
  public String description() {
    return "MariaDB at " + connector.description();
  }

  @Override
  public Instant now() throws StoreException {
    return run(
        "Asking for the time",
        current ->
            new Query("SELECT utc_timestamp(6) AS now")
                .one(current, row -> Query.instant(row, "now")));
  }

  @Override
  public List<String> problems(CommitStrategy strategy) throws StoreException {
    var use =
        strategy == CommitStrategy.PREPARED
            ? MariaDbPreflight.Use.PREPARED
            : MariaDbPreflight.Use.STAGED;
    return run(
        "Checking the server",
        current -> {
          var preflight =
              new MariaDbPreflight(current, context(ANY_SINK, null), OnReject.FAIL, use);
          var problems = new ArrayList<>(preflight.problems());
          if (TableShape.of(current, connector.onceflowDatabase(), "audit") == null) {
            problems.add(
                "Table %s does not exist, or this account has no right on it, so the tool may not act: run flink-conf/sql/onceflow-mariadb.sql and see the grants at its end."
                    .formatted(names.audit()));
          }
          return problems;
        });
  }

  @Override
  public List<String> facts() throws StoreException {
    return run(
        "Reading the server's settings",
        current -> {
          var facts = new ArrayList<String>();
          for (var setting :
              List.of(
                  "version",
                  "log_bin",
                  "sync_binlog",
                  "innodb_flush_log_at_trx_commit",
                  "max_connections")) {
            facts.add("%s = %s".formatted(setting, new Query("SELECT @@" + setting).text(current)));
          }
          if (new Query("SELECT @@log_bin").number(current) == 1) {
            facts.add("strategy prepared: " + MariaDbPreflight.XA_IN_BINARY_LOG);
          }
          facts.add(
              PreparedList.showsWaiters(current)
                  ? "who waits for a prepared transaction is shown"
                  : "who waits for a prepared transaction is not shown: GRANT PROCESS to see it");
          return facts;
        });
  }

  @Override
  public List<SinkInfo> sinks() throws StoreException {
    return run("Reading the sinks", current -> tables(current).sinks());
  }

  @Override
  public List<RunInfo> runs(SinkId sinkId) throws StoreException {
    return run("Reading the runs", current -> tables(current).runs(sinkId));
  }

  @Override
  public List<Marker> markers(SinkId sinkId, int limit) throws StoreException {
    return run("Reading the markers", current -> tables(current).markers(sinkId, limit));
  }

  @Override
  public List<String> committed(Collection<String> transactionIds) throws StoreException {
    return run("Looking for markers", current -> tables(current).committed(transactionIds));
  }

  /** Of the whole server: it has one list for all its databases. */
  @Override
  public List<InDoubt> inDoubt() throws StoreException {
    return knowingTheSecret(
        () ->
            link.run(
                "Listing the prepared transactions",
                current -> {
                  current.setAutoCommit(true);
                  return new PreparedList(current, connector).read();
                }));
  }

  @Override
  public PreparedSession settling(SinkId sinkId, String runId) {
    return new MariaDbPreparedSession(context(sinkId, runId), OnReject.FAIL);
  }

  @Override
  public void whileOwning(SinkId sinkId, String runId, OwnersWork work) throws StoreException {
    run(
        "Locking the sink",
        current -> {
          var known = new SinkRow(current, names, sinkId).lock();
          var owner = known == null ? "nobody" : known.ownerRun();
          if (!owner.equals(runId)) {
            throw new StoreException(
                ErrorClass.FENCED,
                "Sink '%s' was taken over by %s meanwhile; this run stops."
                    .formatted(sinkId, owner),
                null);
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
          return new Recount(current, connector, sinkId).checks();
        });
  }

  /**
   * MariaDB shows no name that a session gives itself; markers and claims are the signs of life.
   */
  @Override
  public List<StoreClient> clients() {
    return List.of();
  }

  @Override
  public List<AuditRow> audit(SinkId sinkId, int limit) throws StoreException {
    return run("Reading the audit", current -> new AuditTable(current, names).read(sinkId, limit));
  }

  @Override
  public void record(AuditRow row) throws StoreException {
    run(
        "Writing the audit",
        current -> {
          new AuditTable(current, names).insert(row);
          return null;
        });
  }

  @Override
  public DeadLetterDesk deadLetters() {
    return new DeadLetterTable(link, connector);
  }

  @Override
  public Housekeeping garbage(SinkId sinkId, int keepRuns, long keepMarkers) throws StoreException {
    return run(
        "Looking for old rows",
        current -> new OldRows(current, names, sinkId, keepRuns, keepMarkers).count());
  }

  @Override
  public Housekeeping collect(SinkId sinkId, int keepRuns, long keepMarkers, Actor actor)
      throws StoreException {
    return run(
        "Removing old rows",
        current -> new OldRows(current, names, sinkId, keepRuns, keepMarkers).remove(actor));
  }

  private InspectionTables tables(Connection current) {
    return new InspectionTables(current, names);
  }

  private SessionContext context(SinkId sinkId, String runId) {
    return new SessionContext(connector, sinkId, runId, List.of(), List.of());
  }

  private <R> R run(String doing, MariaDbLink.Work<R> work) throws StoreException {
    return knowingTheSecret(() -> link.inTransaction(doing, work));
  }

  /** Something to do with the server. */
  private interface Call<R> {
    R make() throws StoreException;
  }

  /** A password that cannot be read is a sentence too. */
  private static <R> R knowingTheSecret(Call<R> call) throws StoreException {
    try {
      return call.make();
    } catch (IllegalStateException e) {
      throw new StoreException(ErrorClass.SYSTEM, e.getMessage(), null);
    }
  }

  @Override
  public void close() {
    link.close();
  }
}
