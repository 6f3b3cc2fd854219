package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkGates;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.TransactionWriter;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.lock.SinkLeases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One PostgreSQL database and the tables that values go to, by the class of the value.
 *
 * <pre>{@code
 * PostgresStore.<LedgerOutput>at(config)
 *     .table(TransferRow.class, PostgresTable.<TransferRow>named("ledger.transfers")
 *         .bigint("seq", TransferRow::seq)
 *         .uuid("id", TransferRow::id))
 *     .table(AccountRow.class, PostgresTable.<AccountRow>named("ledger.accounts")
 *         .bigint("account", AccountRow::account)
 *         .bigint("balance", AccountRow::balance)
 *         .upsertOn("account"))
 * }</pre>
 *
 * @param <T> what all the values have in common
 */
public final class PostgresStore<T> implements StagedStore<T>, PreparedStore<T> {

  private static final long serialVersionUID = 1L;

  private final PostgresConnector connector;
  private final List<PostgresTable<?>> tables = new ArrayList<>();
  private final Map<Class<?>, Integer> tableOfClass = new HashMap<>();

  private PostgresStore(PostgresConnector connector) {
    this.connector = connector;
  }

  /** Starts a store without tables. */
  public static <T> PostgresStore<T> at(PostgresConfig config) {
    return new PostgresStore<>(new DriverConnector(config));
  }

  /** Adds a table; tables are written in the order in which they are added. */
  public <R extends T> PostgresStore<T> table(Class<R> valueClass, PostgresTable<R> table) {
    if (table.columns().isEmpty()) {
      throw new IllegalArgumentException("Table %s has no column.".formatted(table.name()));
    }
    if (tables.stream().anyMatch(known -> known.name().equals(table.name()))) {
      throw new IllegalArgumentException(
          "Table %s is mapped twice; give the values that go to it a common class, so that their order is defined."
              .formatted(table.name()));
    }
    if (tableOfClass.put(valueClass, tables.size()) != null) {
      throw new IllegalArgumentException(valueClass.getName() + " goes to two tables.");
    }
    tables.add(table);
    return this;
  }

  @Override
  public String description() {
    return "PostgreSQL at " + connector.description();
  }

  /** The tables, and last the dead letters. */
  @Override
  public List<String> targets() {
    var targets = new ArrayList<String>();
    tables.forEach(table -> targets.add(table.name().toString()));
    targets.add(DeadLetters.TABLE);
    return targets;
  }

  @Override
  public Optional<SinkGates> gates() {
    return Optional.of(SinkLeases.of(new PostgresLeaseStore(connector)));
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return new PostgresSession(connector, sinkId, runId, tablesOf(sinkId), onReject);
  }

  @Override
  public PreparedSession createPreparedSession(SinkId sinkId, String runId, OnReject onReject) {
    return new PostgresPreparedSession(connector, sinkId, runId, tablesOf(sinkId), onReject);
  }

  @Override
  public TransactionWriter createTransactionWriter(SinkId sinkId, OnReject onReject) {
    return new PostgresTransactionWriter(connector, sinkId, tablesOf(sinkId), onReject);
  }

  private List<PostgresTable<?>> tablesOf(SinkId sinkId) {
    if (tables.isEmpty()) {
      throw new IllegalArgumentException("Sink '%s' has no table.".formatted(sinkId));
    }
    return List.copyOf(tables);
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return new Encoder<>(List.copyOf(tables), Map.copyOf(tableOfClass));
  }

  private static final class Encoder<T> implements RowEncoder<T> {
    private final List<TableEncoder<?>> tables;
    private final Map<Class<?>, Integer> tableOfClass;
    private long sequence;

    Encoder(List<PostgresTable<?>> tables, Map<Class<?>, Integer> tableOfClass) {
      this.tables = new ArrayList<>();
      tables.forEach(table -> this.tables.add(new TableEncoder<>(table)));
      this.tableOfClass = tableOfClass;
    }

    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      var index = tableOfClass.get(value.getClass());
      if (index == null) {
        throw new IllegalArgumentException(
            "No table takes a %s; add one with PostgresStore.table."
                .formatted(value.getClass().getName()));
      }
      @SuppressWarnings("unchecked") // table(Class, PostgresTable) paired them
      var table = (TableEncoder<T>) tables.get(index);
      table.encode(value, sequence++, row, key);
      return index;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      DeadLetters.encode(value, rejection, row);
      return tables.size();
    }
  }
}
