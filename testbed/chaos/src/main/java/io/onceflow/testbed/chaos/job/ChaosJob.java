package io.onceflow.testbed.chaos.job;

import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.Staged;
import io.onceflow.common.source.DeadLetter;
import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.common.source.DecodedStream;
import io.onceflow.common.source.KafkaRecords;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Bank transfers from Kafka into the store of a campaign.
 *
 * <pre>
 *   transfers - decode -+- drop repeated (by key) - split legs - balance (by account) - rows sink
 *                       +- dead letters sink
 * </pre>
 *
 * <p>The same for all subjects but for the last sink; peers and Kafka get the legs only. See {@link
 * ChaosSettings} for the arguments. It runs at any parallelism up to {@value #MAX_PARALLELISM} and
 * can be rescaled from a savepoint.
 */
public final class ChaosJob {

  private static final int MAX_PARALLELISM = 128;

  private ChaosJob() {}

  /** Submits the job. */
  public static void main(String[] args) throws Exception {
    var settings = ChaosSettings.parse(args);
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    define(environment, settings);
    environment.execute("chaos " + settings.subject());
  }

  /** Defines the job. */
  public static void define(StreamExecutionEnvironment environment, ChaosSettings settings) {
    environment.setMaxParallelism(MAX_PARALLELISM);
    var source =
        KafkaRecords.source(
            KafkaSourceConfig.of(settings.inputCluster(), settings.topic(), settings.sinkId()));
    var records =
        environment
            .fromSource(source, WatermarkStrategy.noWatermarks(), "transfers")
            .uid("source-transfers");
    var decoded =
        DecodedStream.of(
            records, new TransferJson(), TypeInformation.of(Transfer.class), "decode-transfers");
    decoded
        .deadLetters()
        .sinkTo(deadLetters(environment, settings))
        .name("dead letters")
        .uid("sink-dead-letters");
    decoded
        .values()
        .keyBy(Transfer::key, Types.INT)
        .process(new DropRepeated())
        .returns(Transfer.class)
        .name("drop repeated")
        .uid("drop-repeated")
        .flatMap(new SplitLegs())
        .returns(ChaosRowSerializer.TYPE)
        .name("split legs")
        .uid("split-legs")
        .keyBy(row -> ((ChaosRow.Leg) row).account(), Types.INT)
        .process(new RunBalance(ChaosSinks.takesBalances(settings)))
        .returns(ChaosRowSerializer.TYPE)
        .name("balance")
        .uid("balance")
        .sinkTo(ChaosSinks.of(settings, environment.getConfiguration()))
        .name("rows")
        .uid("sink-rows");
  }

  /** Onceflow's own sink in every job, so that a peer is asked about the peer's rows only. */
  private static Sink<DeadLetter> deadLetters(
      StreamExecutionEnvironment environment, ChaosSettings settings) {
    var staged =
        new Staged(
            settings.deadLetterMarkers(),
            null,
            Staged.DEFAULT.onRewind(),
            Staged.DEFAULT.retryPolicy());
    var config =
        KafkaSinkConfig.of(
                settings.inputCluster(), settings.deadLetters(), settings.sinkId() + "-dead")
            .with(staged);
    return DeadLetterTopic.kafkaSink(config, environment.getConfiguration());
  }
}
