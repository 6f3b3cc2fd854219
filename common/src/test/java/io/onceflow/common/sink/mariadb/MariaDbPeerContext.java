package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.common.sink.peer.TableReader;
import java.sql.SQLException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;

/** Appends to a table of a database of its own. */
final class MariaDbPeerContext extends PeerContext {

  private final MariaDbTables database =
      MariaDbTables.create(
          "CREATE TABLE peer_rows (id bigint AUTO_INCREMENT PRIMARY KEY, value text NOT NULL)");
  private final CommitStrategy strategy;

  MariaDbPeerContext(CommitStrategy strategy, ReadableConfig checkpointing) {
    super("MariaDB " + strategy, checkpointing);
    this.strategy = strategy;
  }

  @Override
  protected TwoPhaseCommitSink.Builder<String> newSink() {
    var table = MariaDbTable.<String>named("peer_rows").text("value", row -> row);
    return TwoPhaseCommitSink.of(
            MariaDbStore.<String>at(database.config()).table(String.class, table))
        .strategy(strategy);
  }

  @Override
  public ExternalSystemDataReader<String> createSinkDataReader(TestingSinkSettings settings) {
    try {
      return new TableReader(database.database().connect(), "SELECT id, value FROM peer_rows");
    } catch (SQLException e) {
      throw new IllegalStateException("The database of the case cannot be reached.", e);
    }
  }
}
