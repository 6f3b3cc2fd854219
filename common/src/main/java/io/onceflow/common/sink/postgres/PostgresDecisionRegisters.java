package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.DecisionRegister;
import io.onceflow.common.commit.DecisionRegisters;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.PostgresConfig;

/**
 * A decision register in one PostgreSQL database, in the tables of {@code
 * flink-conf/sql/register.sql}. It decides as long as that database answers, and keeps what it has
 * acknowledged as far as that server does.
 */
public final class PostgresDecisionRegisters implements DecisionRegisters {

  private static final long serialVersionUID = 1L;

  private final PostgresConnector connector;

  private PostgresDecisionRegisters(PostgresConnector connector) {
    this.connector = connector;
  }

  /** The register in a database; it may be another one than the sink's. */
  public static PostgresDecisionRegisters at(PostgresConfig config) {
    return new PostgresDecisionRegisters(new DriverConnector(config));
  }

  @Override
  public String description() {
    return "decision register at " + connector.description();
  }

  @Override
  public DecisionRegister connect(String pipeline, SinkId sinkId, String runId) {
    return new PostgresDecisionRegister(new RegisterConnection(connector), pipeline, sinkId, runId);
  }

  @Override
  public ResolverRegister connectResolver() {
    return new PostgresResolverRegister(new RegisterConnection(connector));
  }
}
