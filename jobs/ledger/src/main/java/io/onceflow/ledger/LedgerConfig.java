package io.onceflow.ledger;

import io.onceflow.common.commit.CommitConfig;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.source.Watermarks;
import java.time.Duration;
import org.apache.flink.configuration.MemorySize;

/**
 * The ledger job's configuration; {@code flink-conf/jobs/ledger.yaml} is an example.
 *
 * @param source the topic of commands
 * @param watermarks how event time advances; the ledger itself goes by its log
 * @param deadLetters the topic for what cannot be decoded
 * @param results the topic for results
 * @param postgres the database of the ledger's tables
 * @param sink how the tables are committed; a row that is rejected always fails the job
 * @param maxCommandSize a larger record goes to the dead letters
 * @param idRetention how long ids are remembered in log time; zero = for ever
 */
public record LedgerConfig(
    KafkaSourceConfig source,
    Watermarks watermarks,
    KafkaSinkConfig deadLetters,
    KafkaSinkConfig results,
    PostgresConfig postgres,
    CommitConfig sink,
    MemorySize maxCommandSize,
    Duration idRetention) {

  /** Reads all keys. */
  public static LedgerConfig read(ConfigReader reader) {
    var kafka = KafkaConfig.read(reader.group("kafka"));
    var ledger = reader.group("ledger");
    return new LedgerConfig(
        KafkaSourceConfig.read(reader.group("source"), kafka),
        Watermarks.read(reader.group("watermarks")),
        KafkaSinkConfig.read(reader.group("dead-letters"), kafka),
        KafkaSinkConfig.read(reader.group("results"), kafka),
        PostgresConfig.read(reader.group("postgres")),
        sink(reader.group("sink")),
        ledger
            .memorySize("max-command-size", "A larger record goes to the dead letters.")
            .between(MemorySize.parse("1kb"), MemorySize.parse("1mb"))
            .orElse(new MemorySize(CommandDecoder.DEFAULT_MAX_BYTES)),
        ledger
            .duration(
                "id-retention",
                "How long ids are remembered in log time; 0 s keeps them for ever, everything else needs UUIDs of version 7.")
            .between(Duration.ZERO, Duration.ofDays(3650))
            .orElse(Duration.ZERO));
  }

  /**
   * A ledger's row is made by the ledger, so a rejected one is no bad input but a table that
   * belongs to another history or was changed by hand. Without that row the balances, which are
   * upserted, would be wrong and nobody would notice.
   */
  private static CommitConfig sink(ConfigReader reader) {
    CommitConfig sink = CommitConfig.read(reader, OnReject.FAIL);
    if (sink.onReject() != OnReject.FAIL) {
      reader.reject(
          "on-reject",
          "must be fail: a ledger without a row that was rejected has wrong balances; find out why the table rejects the row");
    }
    return sink;
  }
}
