package io.onceflow.testbed.run.bench;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.util.Locale;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Onceflow's sink with its defaults, except for what is named.
 *
 * @param writer runs the job
 * @param strategy how rows wait for their checkpoint
 * @param scope one transaction per epoch, or one per epoch and subtask
 */
record OnceflowContender(FlinkWriter writer, CommitStrategy strategy, CommitScope scope)
    implements Contender {

  @Override
  public String name() {
    return "onceflow";
  }

  @Override
  public String settings() {
    return "p=%d strategy=%s scope=%s"
        .formatted(writer.parallelism(), lowerCase(strategy), lowerCase(scope));
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Timing write(Workload workload, BenchDatabase database) throws Exception {
    return writer.write(workload, configuration -> sink(workload, database, configuration));
  }

  private TwoPhaseCommitSink<Long> sink(
      Workload workload, BenchDatabase database, ReadableConfig configuration) {
    var server = database.server();
    var config =
        PostgresConfig.loopback(
            server.port(),
            database.name(),
            server.user(),
            Secret.fromFile(server.passwordFile().toString()));
    var store = PostgresStore.<Long>at(config).table(Long.class, table(workload));
    return TwoPhaseCommitSink.of(store)
        .sinkId("bench")
        .strategy(strategy)
        .scope(scope)
        .checkpointsOf(configuration)
        .build();
  }

  private static PostgresTable<Long> table(Workload workload) {
    var rows = workload.rows();
    var table =
        PostgresTable.<Long>named(Workload.TABLE)
            .bigint("id", rows::id)
            .bigint("amount", rows::amount)
            .text("note", rows::note)
            .timestamptz("at", rows::at);
    return workload.isUpsert() ? table.upsertOn("id") : table;
  }
}
