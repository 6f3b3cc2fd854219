package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.common.sink.peer.TableReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;

/** Appends to a table of a database of its own. */
final class PostgresPeerContext extends PeerContext {

  private static final String PEER_ROWS =
      "CREATE TABLE peer_rows (id bigint GENERATED ALWAYS AS IDENTITY, value text NOT NULL)";

  private final OnceflowDatabase database = OnceflowDatabase.create(PEER_ROWS);
  private final Way way;

  /** A strategy with its scope and protocol. */
  enum Way {
    STAGED {
      @Override
      void choose(TwoPhaseCommitSink.Builder<String> sink, OnceflowDatabase database) {
        sink.strategy(CommitStrategy.STAGED);
      }
    },
    /** One transaction per subtask, so a new parallelism changes who commits. */
    STAGED_PER_SUBTASK {
      @Override
      void choose(TwoPhaseCommitSink.Builder<String> sink, OnceflowDatabase database) {
        sink.strategy(CommitStrategy.STAGED).scope(CommitScope.SUBTASK);
      }
    },
    PREPARED {
      @Override
      void choose(TwoPhaseCommitSink.Builder<String> sink, OnceflowDatabase database) {
        sink.strategy(CommitStrategy.PREPARED);
      }
    },
    /** With its register in the database that it writes to. */
    THREE_PHASE {
      @Override
      void choose(TwoPhaseCommitSink.Builder<String> sink, OnceflowDatabase database) {
        sink.strategy(CommitStrategy.PREPARED)
            .threePhase("peer", PostgresDecisionRegisters.at(database.config()));
      }
    };

    abstract void choose(TwoPhaseCommitSink.Builder<String> sink, OnceflowDatabase database);
  }

  PostgresPeerContext(Way way, ReadableConfig checkpointing) {
    super("PostgreSQL " + way, checkpointing);
    this.way = way;
    if (way == Way.THREE_PHASE) {
      database.sql(registerTables());
      database.grant("register-roles.sql");
    }
  }

  private static String registerTables() {
    try {
      return Files.readString(Path.of("../flink-conf/sql/register.sql"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected TwoPhaseCommitSink.Builder<String> newSink() {
    var table = PostgresTable.<String>named("peer_rows").text("value", row -> row);
    var sink =
        TwoPhaseCommitSink.of(
            PostgresStore.<String>at(database.config()).table(String.class, table));
    way.choose(sink, database);
    return sink;
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
