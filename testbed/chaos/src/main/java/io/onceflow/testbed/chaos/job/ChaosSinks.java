package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.common.sink.mariadb.MariaDbStore;
import io.onceflow.common.sink.mariadb.MariaDbTable;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;

/** The last sink of the job, for each subject. */
final class ChaosSinks {

  /** An outage of a campaign is shorter; a transaction of a killed commit is ended by the next. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(1);

  /** A lost answer is noticed as soon as with the databases; the peer gets the same. */
  static final Map<String, String> KAFKA_CLIENT =
      Map.of(
          "request.timeout.ms", "10000", "delivery.timeout.ms", "30000", "max.block.ms", "15000");

  private ChaosSinks() {}

  static boolean takesBalances(ChaosSettings settings) {
    return !settings.isPeer() && !settings.store().equals("kafka");
  }

  static Sink<ChaosRow> of(ChaosSettings settings, ReadableConfig job) {
    if (!settings.bug().fits(settings.subject())) {
      throw new IllegalArgumentException(
          "Bug %s cannot be planted in %s; nothing would be defective."
              .formatted(settings.bug(), settings.subject()));
    }
    if (settings.isPeer()) {
      return PeerSinks.of(settings);
    }
    return switch (settings.store()) {
      case "postgres" -> committing(DefectiveStore.of(postgres(settings), settings), settings, job);
      case "mariadb" -> committing(mariaDb(settings), settings, job);
      case "kafka" -> kafka(settings, job);
      default -> throw unknown(settings);
    };
  }

  static IllegalArgumentException unknown(ChaosSettings settings) {
    return new IllegalArgumentException(
        "There is no subject %s; there are %s."
            .formatted(settings.subject(), ChaosSettings.subjects()));
  }

  private static Sink<ChaosRow> committing(
      Store<ChaosRow> store, ChaosSettings settings, ReadableConfig job) {
    var sink = TwoPhaseCommitSink.of(store).sinkId(settings.sinkId()).checkpointsOf(job);
    return switch (settings.strategy()) {
      case "staged" -> sink.build();
      case "prepared" -> sink.strategy(CommitStrategy.PREPARED).build();
      case "three-phase" ->
          sink.strategy(CommitStrategy.PREPARED)
              .threePhase(settings.sinkId(), PostgresDecisionRegisters.at(settings.postgres()))
              .build();
      default -> throw unknown(settings);
    };
  }

  private static PostgresStore<ChaosRow> postgres(ChaosSettings settings) {
    return PostgresStore.<ChaosRow>at(settings.postgres())
        .table(
            ChaosRow.Leg.class,
            PostgresTable.<ChaosRow.Leg>named("legs")
                .integer("event_key", ChaosRow.Leg::key)
                .bigint("seq", ChaosRow.Leg::seq)
                .integer("leg", ChaosRow.Leg::leg)
                .integer("account", ChaosRow.Leg::account)
                .bigint("amount", ChaosRow.Leg::amount)
                .bigint("crc", ChaosRow.Leg::crc))
        .table(
            ChaosRow.Balance.class,
            PostgresTable.<ChaosRow.Balance>named("balances")
                .integer("account", ChaosRow.Balance::account)
                .bigint("balance", ChaosRow.Balance::balance)
                .upsertOn("account"));
  }

  private static MariaDbStore<ChaosRow> mariaDb(ChaosSettings settings) {
    return MariaDbStore.<ChaosRow>at(settings.mariaDb())
        .table(
            ChaosRow.Leg.class,
            MariaDbTable.<ChaosRow.Leg>named("legs")
                .integer("event_key", ChaosRow.Leg::key)
                .bigint("seq", ChaosRow.Leg::seq)
                .integer("leg", ChaosRow.Leg::leg)
                .integer("account", ChaosRow.Leg::account)
                .bigint("amount", ChaosRow.Leg::amount)
                .bigint("crc", ChaosRow.Leg::crc)
                .epoch("epoch"))
        .table(
            ChaosRow.Balance.class,
            MariaDbTable.<ChaosRow.Balance>named("balances")
                .integer("account", ChaosRow.Balance::account)
                .bigint("balance", ChaosRow.Balance::balance)
                .upsertOn("account"));
  }

  private static Sink<ChaosRow> kafka(ChaosSettings settings, ReadableConfig job) {
    var defaults = KafkaSinkConfig.Staged.DEFAULT;
    var config =
        KafkaSinkConfig.of(settings.outputCluster(), settings.legsTopic(), settings.sinkId())
            .with(
                new KafkaSinkConfig.Staged(
                    settings.markerTopic(), null, defaults.onRewind(), defaults.retryPolicy()))
            .with(TRANSACTION_TIMEOUT)
            .with(KAFKA_CLIENT);
    var topic = settings.legsTopic();
    return KafkaSinks.exactlyOnce(config, job, row -> LegRecord.of(topic, (ChaosRow.Leg) row));
  }
}
