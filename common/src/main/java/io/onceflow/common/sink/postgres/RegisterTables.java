package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.RegisterRecords;
import io.onceflow.common.commit.RegisterRules;
import io.onceflow.common.commit.RegisterRules.Participant;
import io.onceflow.common.commit.RegisterRules.Pipeline;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SinkId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads and writes the register's rows within a transaction that somebody else commits. */
final class RegisterTables implements RegisterRecords<SQLException> {

  /** Checkpoints whose votes and decisions are kept for whoever looks. */
  private static final int CHECKPOINTS_KEPT = 1_000;

  private final Connection connection;

  RegisterTables(Connection connection) {
    this.connection = connection;
  }

  /** The name is locked first, which also serializes two runs that both find no row yet. */
  @Override
  public Optional<Pipeline> pipeline(String pipeline) throws SQLException {
    lockName(pipeline);
    return select(pipeline, " FOR UPDATE");
  }

  private void lockName(String pipeline) throws SQLException {
    try (var statement =
        prepare(
            "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))",
            "onceflow.pipeline." + pipeline)) {
      statement.execute();
    }
  }

  Optional<Pipeline> read(String pipeline) throws SQLException {
    return select(pipeline, "");
  }

  private Optional<Pipeline> select(String pipeline, String lock) throws SQLException {
    var sql =
        """
        SELECT pipeline, fence, state = 'CLOSED', voted, restored_checkpoint_id, last_decided_checkpoint_id,
          cut_checkpoint_id, restore_path
        FROM onceflow.register_pipeline WHERE pipeline = ?
        """;
    return first(
        prepare(sql + lock, pipeline),
        row ->
            new Pipeline(
                row.getString(1),
                row.getLong(2),
                row.getBoolean(3),
                row.getBoolean(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getString(8)));
  }

  List<String> pipelines() throws SQLException {
    return all(
        prepare("SELECT pipeline FROM onceflow.register_pipeline ORDER BY pipeline"),
        row -> row.getString(1));
  }

  @Override
  public Optional<Participant> participant(String pipeline, SinkId sinkId) throws SQLException {
    var sql =
        """
        SELECT owner_run, gatherer, fence, last_decided_checkpoint_id
        FROM onceflow.register_participant WHERE pipeline = ? AND sink_id = ?
        """;
    return first(
        prepare(sql, pipeline, sinkId.value()),
        row ->
            new Participant(
                row.getString(1), row.getString(2), row.getLong(3), row.getObject(4, Long.class)));
  }

  Map<String, String> owners(Pipeline known) throws SQLException {
    var sql =
        "SELECT sink_id, owner_run FROM onceflow.register_participant WHERE pipeline = ? AND fence = ?";
    var owners = new HashMap<String, String>();
    all(
        prepare(sql, known.name(), known.fence()),
        row -> owners.put(row.getString(1), row.getString(2)));
    return owners;
  }

  @Override
  public boolean isClosed(String pipeline, String runId) throws SQLException {
    var sql = "SELECT 1 FROM onceflow.register_closed_run WHERE pipeline = ? AND run_id = ?";
    return first(prepare(sql, pipeline, runId), row -> true).isPresent();
  }

  @Override
  public void write(Pipeline pipeline) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_pipeline (pipeline, fence, state, voted, restored_checkpoint_id,
          last_decided_checkpoint_id, cut_checkpoint_id, restore_path)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (pipeline) DO UPDATE SET fence = EXCLUDED.fence, state = EXCLUDED.state, voted = EXCLUDED.voted,
          restored_checkpoint_id = EXCLUDED.restored_checkpoint_id,
          last_decided_checkpoint_id = EXCLUDED.last_decided_checkpoint_id,
          cut_checkpoint_id = EXCLUDED.cut_checkpoint_id, restore_path = EXCLUDED.restore_path
        """;
    update(
        sql,
        pipeline.name(),
        pipeline.fence(),
        pipeline.closed() ? "CLOSED" : "OPEN",
        pipeline.voted(),
        pipeline.restoredCheckpointId(),
        pipeline.lastDecidedCheckpointId(),
        pipeline.cutCheckpointId(),
        pipeline.restorePath());
  }

  /** Closes the runs of all sinks but the one that asks. */
  @Override
  public void closeOwners(String pipeline, String exceptRun) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_closed_run (pipeline, run_id)
        SELECT pipeline, owner_run FROM onceflow.register_participant
        WHERE pipeline = ? AND owner_run IS DISTINCT FROM ? ON CONFLICT DO NOTHING
        """;
    update(sql, pipeline, exceptRun);
  }

  @Override
  public void closeOwner(String pipeline, SinkId sinkId, String exceptRun) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_closed_run (pipeline, run_id)
        SELECT pipeline, owner_run FROM onceflow.register_participant
        WHERE pipeline = ? AND sink_id = ? AND owner_run <> ? ON CONFLICT DO NOTHING
        """;
    update(sql, pipeline, sinkId.value(), exceptRun);
  }

  /** The run is the sink's owner; a gatherer becomes the newest one, a committer changes none. */
  @Override
  public void join(Pipeline known, RegisterClaim claim) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_participant AS known (pipeline, sink_id, owner_run, gatherer, fence)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (pipeline, sink_id) DO UPDATE SET owner_run = EXCLUDED.owner_run,
          gatherer = coalesce(EXCLUDED.gatherer, known.gatherer), fence = EXCLUDED.fence, claimed_at = now(),
          finished_checkpoint_id = least(known.finished_checkpoint_id, ?),
          last_decided_checkpoint_id = CASE
            WHEN known.fence = EXCLUDED.fence AND known.last_decided_checkpoint_id <= ? THEN known.last_decided_checkpoint_id END
        """;
    update(
        sql,
        known.name(),
        claim.sinkId().value(),
        claim.runId(),
        claim.gatherer(),
        known.fence(),
        claim.restoredCheckpointId(),
        claim.restoredCheckpointId());
  }

  @Override
  public void vote(Pipeline known, Epoch epoch, String gatherer) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_vote (transaction_id, pipeline, sink_id, lineage, checkpoint_id,
          previous_checkpoint_id, epoch_id, gatherer, fence, row_count, restore_path)
        SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, row_count, ? FROM unnest(?::text[], ?::bigint[]) AS prepared (id, row_count)
        ON CONFLICT (transaction_id) DO NOTHING
        """;
    update(
        sql,
        known.name(),
        epoch.sinkId().value(),
        epoch.lineage(),
        epoch.checkpointId(),
        epoch.previousCheckpointId(),
        epoch.transactionId(),
        gatherer,
        known.fence(),
        epoch.restorePath(),
        texts(RegisterRules.decidedIds(epoch)),
        rows(epoch));
  }

  private static Long[] rows(Epoch epoch) {
    return Stream.concat(
            Stream.of(epoch.parts().stream().mapToLong(SegmentPart::rows).sum()),
            epoch.transactions().stream().map(PreparedTransaction::rows))
        .toArray(Long[]::new);
  }

  @Override
  public List<RegisteredVote> votes(String pipeline) throws SQLException {
    var sql =
        """
        SELECT v.transaction_id, v.sink_id, v.lineage, v.checkpoint_id, v.previous_checkpoint_id, v.epoch_id, v.gatherer,
          v.fence, v.row_count, v.restore_path, d.verdict
        FROM onceflow.register_vote v LEFT JOIN onceflow.register_decision d USING (transaction_id)
        WHERE v.pipeline = ? ORDER BY v.checkpoint_id, v.sink_id, v.transaction_id
        """;
    return all(prepare(sql, pipeline), RegisterTables::registeredVote);
  }

  private static RegisteredVote registeredVote(ResultSet row) throws SQLException {
    var verdict = row.getString(11);
    return new RegisteredVote(
        row.getString(1),
        new SinkId(row.getString(2)),
        row.getString(3),
        row.getLong(4),
        row.getLong(5),
        row.getString(6),
        row.getString(7),
        row.getLong(8),
        row.getLong(9),
        row.getString(10),
        verdict == null ? null : Decision.valueOf(verdict));
  }

  /** Records a decision where none stands. */
  @Override
  public void decide(Pipeline known, Collection<String> ids, Decision decision, long checkpointId)
      throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_decision (transaction_id, pipeline, verdict, checkpoint_id, by_fence)
        SELECT id, ?, ?, coalesce(v.checkpoint_id, ?), ?
        FROM unnest(?::text[]) AS named (id) LEFT JOIN onceflow.register_vote v ON v.transaction_id = id
        ON CONFLICT (transaction_id) DO NOTHING
        """;
    update(sql, known.name(), decision.name(), checkpointId, known.fence(), texts(ids));
  }

  /** Nobody will ever commit what older generations reported for later checkpoints. */
  @Override
  public void abortVotesAfter(Pipeline known, long checkpointId) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.register_decision (transaction_id, pipeline, verdict, checkpoint_id, by_fence)
        SELECT transaction_id, pipeline, 'ABORT', checkpoint_id, ? FROM onceflow.register_vote
        WHERE pipeline = ? AND checkpoint_id > ?
        ON CONFLICT (transaction_id) DO NOTHING
        """;
    update(sql, known.fence(), known.name(), checkpointId);
  }

  Map<String, Decision> decisions(String pipeline) throws SQLException {
    return decisions(
        prepare(
            "SELECT transaction_id, verdict FROM onceflow.register_decision WHERE pipeline = ?",
            pipeline));
  }

  @Override
  public Map<String, Decision> decisionsOf(Collection<String> ids) throws SQLException {
    return decisions(
        prepare(
            "SELECT transaction_id, verdict FROM onceflow.register_decision WHERE transaction_id = ANY (?)",
            (Object) texts(ids)));
  }

  private static Map<String, Decision> decisions(PreparedStatement query) throws SQLException {
    var decisions = new HashMap<String, Decision>();
    all(query, row -> decisions.put(row.getString(1), Decision.valueOf(row.getString(2))));
    return decisions;
  }

  /** What was given up of the same checkpoint of the same generation as these transactions. */
  @Override
  public Set<String> abortedBeside(String pipeline, Collection<String> ids) throws SQLException {
    var sql =
        """
        SELECT beside.transaction_id FROM onceflow.register_vote beside
        JOIN onceflow.register_decision d ON d.transaction_id = beside.transaction_id AND d.verdict = 'ABORT'
        WHERE beside.pipeline = ? AND (beside.fence, beside.checkpoint_id) IN (
          SELECT mine.fence, mine.checkpoint_id FROM onceflow.register_vote mine WHERE mine.transaction_id = ANY (?))
        """;
    return new HashSet<>(all(prepare(sql, pipeline, texts(ids)), row -> row.getString(1)));
  }

  @Override
  public void decided(String pipeline, SinkId sinkId, long checkpointId) throws SQLException {
    var sql =
        "UPDATE onceflow.register_participant SET last_decided_checkpoint_id = ? WHERE pipeline = ? AND sink_id = ?";
    update(sql, checkpointId, pipeline, sinkId.value());
  }

  @Override
  public void finished(String pipeline, SinkId sinkId, long checkpointId) throws SQLException {
    var sql =
        """
        UPDATE onceflow.register_participant SET finished_checkpoint_id = ?
        WHERE pipeline = ? AND sink_id = ? AND finished_checkpoint_id < ?
        """;
    update(sql, checkpointId, pipeline, sinkId.value(), checkpointId);
  }

  /** What every sink of the current generation has finished long ago needs no decision. */
  @Override
  public void forgetFinished(String pipeline) throws SQLException {
    for (var table : List.of("register_vote", "register_decision")) {
      var sql =
          """
          DELETE FROM onceflow.%s WHERE pipeline = ? AND checkpoint_id < (
            SELECT min(finished_checkpoint_id) FROM onceflow.register_participant JOIN onceflow.register_pipeline USING (pipeline, fence)
            WHERE pipeline = ?) - ?
          """;
      update(sql.formatted(table), pipeline, pipeline, CHECKPOINTS_KEPT);
    }
  }

  private static String[] texts(Collection<String> ids) {
    return ids.toArray(String[]::new);
  }

  private PreparedStatement prepare(String sql, Object... values) throws SQLException {
    var statement = connection.prepareStatement(sql);
    for (var i = 0; i < values.length; i++) {
      if (values[i] instanceof String[] texts) {
        statement.setArray(i + 1, connection.createArrayOf("text", texts));
      } else if (values[i] instanceof Long[] numbers) {
        statement.setArray(i + 1, connection.createArrayOf("bigint", numbers));
      } else {
        statement.setObject(i + 1, values[i]);
      }
    }
    return statement;
  }

  private void update(String sql, Object... values) throws SQLException {
    try (var statement = prepare(sql, values)) {
      statement.executeUpdate();
    }
  }

  /** Reads one row. */
  private interface Reader<R> {
    R read(ResultSet row) throws SQLException;
  }

  private static <R> Optional<R> first(PreparedStatement query, Reader<R> reader)
      throws SQLException {
    return all(query, reader).stream().findFirst();
  }

  private static <R> List<R> all(PreparedStatement query, Reader<R> reader) throws SQLException {
    try (query;
        var rows = query.executeQuery()) {
      var all = new ArrayList<R>();
      while (rows.next()) {
        all.add(reader.read(rows));
      }
      return all;
    }
  }
}
