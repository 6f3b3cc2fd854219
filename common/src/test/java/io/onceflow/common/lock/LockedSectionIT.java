package io.onceflow.common.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.RetryPolicy;
import io.onceflow.common.sink.postgres.OnceflowDatabase;
import io.onceflow.common.sink.postgres.PostgresFence;
import io.onceflow.common.sink.redis.RedisLeaseStore;
import io.onceflow.testbed.servers.TestServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example of docs/locks.md: a function that reads, changes and writes what others do, too. */
@Timeout(180)
class LockedSectionIT {

  private static final int PARALLELISM = 4;
  private static final int ACCOUNTS = 3;
  private static final long ORDERS = 300;

  private static final String DDL =
      """
      CREATE TABLE balance (account bigint PRIMARY KEY, amount bigint NOT NULL);
      CREATE TABLE paid (order_id bigint PRIMARY KEY);
      INSERT INTO balance SELECT account, 1000 FROM generate_series(0, 2) AS account;
      """;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(PARALLELISM)
              .build());

  private static final AtomicBoolean HAS_FAILED = new AtomicBoolean();

  /** Takes 1 from the order's account, in a database that is not the job's alone. */
  private static final class Pay extends RichMapFunction<Long, Long> {

    private static final long serialVersionUID = 1L;

    private final LeaseStore leases;
    private final ProtectedStore.InPostgres database;
    private transient LockedSection section;
    private transient Connection connection;

    Pay(LeaseStore leases, ProtectedStore.InPostgres database) {
      this.leases = leases;
      this.database = database;
    }

    @Override
    public void open(OpenContext context) throws Exception {
      var subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
      section =
          LockedSection.of(leases, "pay/" + subtask, Duration.ofSeconds(30), RetryPolicy.DEFAULT);
      connection = database.connect();
    }

    @Override
    public void close() throws Exception {
      if (section != null) {
        section.close();
      }
      if (connection != null) {
        connection.close();
      }
    }

    @Override
    public Long map(Long order) throws Exception {
      return section.run("account/" + order % ACCOUNTS, lease -> pay(lease, order));
    }

    private Long pay(Lease lease, Long order) throws Exception {
      try {
        PostgresFence.raise(connection, lease);
        if (isNew(order)) {
          write(order % ACCOUNTS, read(order % ACCOUNTS) - 1);
        }
        connection.commit();
      } catch (SQLException | FencedException e) {
        connection.rollback();
        throw e;
      }
      if (order == ORDERS / 2 && HAS_FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("after the commit, before anybody has seen its result");
      }
      return order;
    }

    private boolean isNew(long order) throws SQLException {
      try (var sql =
          connection.prepareStatement("INSERT INTO paid VALUES (?) ON CONFLICT DO NOTHING")) {
        sql.setLong(1, order);
        return sql.executeUpdate() == 1;
      }
    }

    private long read(long account) throws SQLException {
      try (var sql = connection.prepareStatement("SELECT amount FROM balance WHERE account = ?")) {
        sql.setLong(1, account);
        try (var row = sql.executeQuery()) {
          row.next();
          return row.getLong(1);
        }
      }
    }

    private void write(long account, long amount) throws SQLException {
      try (var sql =
          connection.prepareStatement("UPDATE balance SET amount = ? WHERE account = ?")) {
        sql.setLong(1, amount);
        sql.setLong(2, account);
        sql.execute();
      }
    }
  }

  @Test
  void aFunctionThatReadsAndWritesUnderALockLosesNoUpdateAndRepeatsNone() throws Exception {
    var database = LockServers.database();
    database.sql(DDL);
    grant(database);
    var server = TestServers.redis();
    var pay =
        new Pay(
            RedisLeaseStore.at(LockServers.redis(server)),
            new ProtectedStore.InPostgres(database.config()));
    var environment = environment();
    environment
        .fromSequence(0, ORDERS - 1)
        .uid("source-orders")
        .rebalance()
        .map(pay)
        .returns(Types.LONG)
        .uid("map-pay")
        .sinkTo(new DiscardingSink<>())
        .uid("sink-paid");
    environment.execute();

    assertThat(HAS_FAILED).as("a replay was forced").isTrue();
    assertThat(database.number("SELECT count(*) FROM paid")).isEqualTo(ORDERS);
    assertThat(database.column("SELECT DISTINCT amount FROM balance"))
        .containsExactly(Long.toString(1000 - ORDERS / ACCOUNTS));
    assertThat(database.number("SELECT count(*) FROM onceflow.fence")).isEqualTo(ACCOUNTS);
  }

  private static void grant(OnceflowDatabase database) {
    database.sql(
        "GRANT SELECT, INSERT, UPDATE ON balance, paid TO "
            + database.database().server().jobUser());
  }

  private static StreamExecutionEnvironment environment() {
    var configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(PARALLELISM);
    return environment;
  }
}
