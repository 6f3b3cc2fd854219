package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.util.List;

/**
 * What all sessions of one run need.
 *
 * @param connector opens connections
 * @param sinkId the sink
 * @param runId the run, or null for a session that claims nothing
 * @param tables the mapped tables
 * @param targets their names, and last that of the dead letters
 */
record SessionContext(
    MariaDbConnector connector,
    SinkId sinkId,
    String runId,
    List<MariaDbTable<?>> tables,
    List<String> targets) {

  OnceflowTables names() {
    return new OnceflowTables(connector.onceflowDatabase());
  }

  MariaDbLink link(int idleTransactionSeconds) {
    return new MariaDbLink(connector, sinkId, idleTransactionSeconds);
  }

  void preflight(MariaDbLink link, OnReject onReject, MariaDbPreflight.Use use)
      throws StoreException {
    link.inTransaction(
        "Checking the database",
        connection -> {
          new MariaDbPreflight(connection, this, onReject, use).check();
          return null;
        });
  }

  OpenResult open(MariaDbLink link, OpenRequest request) throws StoreException {
    link.run(
        "Claiming the sink",
        connection -> {
          SinkClaim.lockName(connection, sinkId);
          return null;
        });
    var result =
        link.inTransaction(
            "Claiming the sink", connection -> new SinkClaim(connection, names(), request).claim());
    link.run(
        "Claiming the sink",
        connection -> {
          SinkClaim.unlockName(connection, sinkId);
          return null;
        });
    return result;
  }
}
