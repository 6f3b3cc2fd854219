package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.TransactionWriter;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.sink.MappedTables;
import java.util.List;

/**
 * One MariaDB server and the tables that values go to, by the class of the value.
 *
 * <pre>{@code
 * MariaDbStore.<LedgerOutput>at(config)
 *     .table(TransferRow.class, MariaDbTable.<TransferRow>named("transfers")
 *         .bigint("seq", TransferRow::seq)
 *         .uuid("id", TransferRow::id))
 *     .table(AccountRow.class, MariaDbTable.<AccountRow>named("accounts")
 *         .bigint("account", AccountRow::account)
 *         .bigint("balance", AccountRow::balance)
 *         .upsertOn("account"))
 * }</pre>
 *
 * @param <T> what all the values have in common
 */
public final class MariaDbStore<T> implements StagedStore<T>, PreparedStore<T> {

  private static final long serialVersionUID = 1L;

  private final MariaDbConnector connector;
  private final MappedTables<MariaDbTable<?>> tables = new MappedTables<>();

  private MariaDbStore(MariaDbConnector connector) {
    this.connector = connector;
  }

  /** Starts a store without tables. */
  public static <T> MariaDbStore<T> at(MariaDbConfig config) {
    return new MariaDbStore<>(new DriverConnector(config));
  }

  /** Adds a table; tables are written in the order in which they are added. */
  public <R extends T> MariaDbStore<T> table(Class<R> valueClass, MariaDbTable<R> table) {
    tables.add(valueClass, table);
    return this;
  }

  @Override
  public String description() {
    return "MariaDB at " + connector.description();
  }

  /** The tables, and last the dead letters. */
  @Override
  public List<String> targets() {
    return tables.targets(connector.onceflowDatabase() + "." + DeadLetters.TABLE);
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return new MariaDbSession(context(sinkId, runId), onReject);
  }

  @Override
  public PreparedSession createPreparedSession(SinkId sinkId, String runId, OnReject onReject) {
    return new MariaDbPreparedSession(context(sinkId, runId), onReject);
  }

  @Override
  public TransactionWriter createTransactionWriter(SinkId sinkId, OnReject onReject) {
    return new XaTransactionWriter(context(sinkId, null), onReject);
  }

  private SessionContext context(SinkId sinkId, String runId) {
    if (tables.all().isEmpty()) {
      throw new IllegalArgumentException("Sink '%s' has no table.".formatted(sinkId));
    }
    return new SessionContext(connector, sinkId, runId, tables.all(), targets());
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return tables.encoder(DeadLetters::encode);
  }
}
