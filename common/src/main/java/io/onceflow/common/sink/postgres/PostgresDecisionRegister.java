package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.DecisionRegister;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.RegisterProtocol;
import io.onceflow.common.commit.RegisterRules.Member;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;

/** One run's session of the register. Every call is one transaction that locks the pipeline. */
final class PostgresDecisionRegister implements DecisionRegister {

  private final RegisterConnection connection;
  private final String pipeline;
  private final SinkId sinkId;
  private final String runId;
  private String gatherer;

  PostgresDecisionRegister(
      RegisterConnection connection, String pipeline, SinkId sinkId, String runId) {
    this.connection = connection;
    this.pipeline = pipeline;
    this.sinkId = sinkId;
    this.runId = runId;
  }

  @Override
  public void open(RegisterClaim claim) throws StoreException {
    step(
        "Claiming pipeline '%s' in the register".formatted(pipeline),
        protocol -> {
          protocol.open(claim);
          return null;
        });
    gatherer = claim.gatherer();
  }

  @Override
  public void vote(Epoch epoch) throws StoreException {
    step(
        "Reporting the transactions of checkpoint " + epoch.checkpointId(),
        protocol -> {
          protocol.vote(pipeline, member(), epoch);
          return null;
        });
  }

  @Override
  public void decideCommit(Epoch epoch) throws StoreException {
    step(
        "Recording COMMIT for the epoch of checkpoint " + epoch.checkpointId(),
        protocol -> {
          protocol.decideCommit(pipeline, member(), epoch);
          return null;
        });
  }

  @Override
  public Set<String> decideAbort(Collection<String> transactionIds) throws StoreException {
    return step(
        "Recording ABORT for %d transactions".formatted(transactionIds.size()),
        protocol -> protocol.decideAbort(pipeline, member(), transactionIds));
  }

  private Member member() {
    return new Member(sinkId, runId, gatherer);
  }

  /** One step of the protocol. */
  private interface Step<R> {
    R run(RegisterProtocol<SQLException> protocol) throws SQLException, StoreException;
  }

  private <R> R step(String doing, Step<R> step) throws StoreException {
    return connection.inTransaction(doing, tables -> step.run(new RegisterProtocol<>(tables)));
  }

  @Override
  public void abort() {
    connection.abort();
  }

  @Override
  public void close() {
    connection.close();
  }
}
