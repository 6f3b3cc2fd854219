package io.onceflow.testbed.run.bench;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import javax.sql.XADataSource;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.jdbc.JdbcExactlyOnceOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;
import org.postgresql.xa.PGXADataSource;

/**
 * Flink's own exactly-once JDBC sink, set up as its documentation says for PostgreSQL.
 *
 * @param writer runs the job
 * @param batchSize rows per JDBC batch
 * @param rewrite whether the driver turns a batch into inserts of many rows
 */
record JdbcContender(FlinkWriter writer, int batchSize, boolean rewrite) implements Contender {

  private static final String INSERT =
      "INSERT INTO %s (%s) VALUES (?, ?, ?, ?)".formatted(Workload.TABLE, Workload.COLUMNS);

  private static final String UPSERT =
      INSERT
          + " ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount, note = EXCLUDED.note, at = EXCLUDED.at";

  @Override
  public String name() {
    return "flink-connector-jdbc";
  }

  @Override
  public String settings() {
    return "p=%d batch=%d reWriteBatchedInserts=%s"
        .formatted(writer.parallelism(), batchSize, rewrite);
  }

  @Override
  public Timing write(Workload workload, BenchDatabase database) throws Exception {
    return writer.write(workload, configuration -> sink(workload, database));
  }

  private Sink<Long> sink(Workload workload, BenchDatabase database) {
    var rows = workload.rows();
    var execution =
        JdbcExecutionOptions.builder().withBatchSize(batchSize).withMaxRetries(0).build();
    var exactlyOnce = JdbcExactlyOnceOptions.builder().withTransactionPerConnection(true).build();
    var url = database.server().jdbcUrl(database.name());
    var user = database.server().user();
    var password = database.server().password();
    var rewriteInserts = rewrite;
    return JdbcSink.<Long>builder()
        .withExecutionOptions(execution)
        .withQueryStatement(
            workload.isUpsert() ? UPSERT : INSERT,
            (statement, number) -> bind(statement, rows, number))
        .buildExactlyOnce(exactlyOnce, () -> dataSource(url, user, password, rewriteInserts));
  }

  private static void bind(PreparedStatement statement, BenchRows rows, long number)
      throws SQLException {
    statement.setLong(1, rows.id(number));
    statement.setLong(2, rows.amount(number));
    statement.setString(3, rows.note(number));
    statement.setTimestamp(4, Timestamp.from(rows.at(number)));
  }

  private static XADataSource dataSource(
      String url, String user, String password, boolean rewrite) {
    var source = new PGXADataSource();
    source.setUrl(url);
    source.setUser(user);
    source.setPassword(password);
    source.setReWriteBatchedInserts(rewrite);
    return source;
  }
}
