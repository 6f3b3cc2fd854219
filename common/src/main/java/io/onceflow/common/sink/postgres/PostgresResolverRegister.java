package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CloseRequest;
import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.PipelineStatus;
import io.onceflow.common.commit.RegisterProtocol;
import io.onceflow.common.commit.RegisterRules;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The resolver's session of the register: one transaction for each call, as for a job. */
final class PostgresResolverRegister implements ResolverRegister {

  private final RegisterConnection connection;

  PostgresResolverRegister(RegisterConnection connection) {
    this.connection = connection;
  }

  @Override
  public List<String> pipelines() throws StoreException {
    return connection.inTransaction("Listing the pipelines", RegisterTables::pipelines);
  }

  @Override
  public Optional<PipelineStatus> status(String pipeline) throws StoreException {
    return connection.inTransaction(
        "Reading pipeline '%s'".formatted(pipeline),
        tables -> {
          var known = tables.read(pipeline);
          return known.isEmpty()
              ? Optional.<PipelineStatus>empty()
              : Optional.of(status(known.get(), tables.owners(known.get())));
        });
  }

  private static PipelineStatus status(RegisterRules.Pipeline known, Map<String, String> owners) {
    return new PipelineStatus(
        known.name(),
        known.closed(),
        known.fence(),
        known.lastDecidedCheckpointId(),
        known.cutCheckpointId(),
        known.restorePath(),
        owners);
  }

  @Override
  public List<RegisteredVote> votes(String pipeline) throws StoreException {
    return connection.inTransaction(
        "Reading the votes of pipeline '%s'".formatted(pipeline), tables -> tables.votes(pipeline));
  }

  @Override
  public Map<String, Decision> decisions(String pipeline) throws StoreException {
    return connection.inTransaction(
        "Reading the decisions of pipeline '%s'".formatted(pipeline),
        tables -> tables.decisions(pipeline));
  }

  @Override
  public void close(CloseRequest request) throws StoreException {
    connection.inTransaction(
        "Closing pipeline '%s' at checkpoint %d"
            .formatted(request.pipeline(), request.cutCheckpointId()),
        tables -> {
          new RegisterProtocol<>(tables).close(request);
          return null;
        });
  }

  @Override
  public Set<String> abort(String pipeline, Collection<String> transactionIds)
      throws StoreException {
    return connection.inTransaction(
        "Recording ABORT for %d transactions".formatted(transactionIds.size()),
        tables -> new RegisterProtocol<>(tables).abort(pipeline, transactionIds));
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
