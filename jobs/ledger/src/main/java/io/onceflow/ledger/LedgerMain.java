package io.onceflow.ledger;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.job.Job;
import io.onceflow.common.job.JobMain;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.common.source.DecodedStream;
import io.onceflow.common.source.KafkaRecords;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Wires the ledger to Kafka and PostgreSQL: {@code flink run onceflow-ledger-job.jar --config
 * FILE}.
 */
public final class LedgerMain implements Job<LedgerConfig> {

  /** Starts the job. */
  public static void main(String[] args) throws Exception {
    JobMain.run(new LedgerMain(), args);
  }

  @Override
  public String name() {
    return "ledger";
  }

  @Override
  public LedgerConfig config(ConfigReader reader) {
    return LedgerConfig.read(reader);
  }

  @Override
  public void define(StreamExecutionEnvironment env, LedgerConfig config) {
    var records =
        env.fromSource(
                KafkaRecords.source(config.source()), config.watermarks().strategy(), "commands")
            .uid("source-commands");
    var decoder =
        new CommandDecoder(
            (int) config.maxCommandSize().getBytes(), !config.idRetention().isZero());
    var decoded = DecodedStream.of(records, decoder, LedgerTypes.COMMAND, "decode-commands");
    decoded
        .deadLetters()
        .sinkTo(DeadLetterTopic.kafkaSink(config.deadLetters(), env.getConfiguration()))
        .name("dead letters")
        .uid("sink-dead-letters");
    var tables =
        TwoPhaseCommitSink.of(LedgerTables.at(config.postgres()))
            .configured(config.sink(), PostgresDecisionRegisters::at)
            .checkpointsOf(env.getConfiguration())
            .build();
    var results =
        KafkaSinks.exactlyOnce(
            config.results(), env.getConfiguration(), new ResultRecord(config.results().topic()));
    LedgerJob.define(
        decoded.values(), config.idRetention(), new LedgerJob.Outputs(tables, results));
  }
}
