package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.EpochSerializer;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.Strategy;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

/**
 * The two strategies of a Kafka sink keep different state, and say so when they meet the other's.
 */
class KafkaStrategyChangeTest {

  @Test
  void theStateOfTheStagedSinkIsRefusedByTheKafkaSink() throws Exception {
    var epoch =
        new Epoch(
            new SinkId("results"),
            "l",
            7,
            6,
            CommitScope.SINK,
            0,
            "of.results.i.0.0",
            0,
            0,
            "",
            List.of(),
            List.of(),
            List.of());
    var staged = new EpochSerializer();
    var kafkaSink = committables(Strategy.KAFKA_SINK);
    assertThatThrownBy(() -> kafkaSink.deserialize(staged.getVersion(), staged.serialize(epoch)))
        .isInstanceOf(SuppressRestartsException.class)
        .hasStackTraceContaining(
            "A sink of strategy kafka-sink was restored with the state of another strategy. Set strategy: staged again");
    assertThat(kafkaSink.deserialize(1, transaction()).toString()).contains("results-0-1");
  }

  @Test
  void theStateOfTheKafkaSinkIsRefusedByTheStagedSink() throws Exception {
    assertThatThrownBy(() -> committables(Strategy.STAGED).deserialize(1, transaction()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("What was restored as an epoch is none, or is damaged")
        .hasMessageContaining("needs a uid of its own");
  }

  /** As Flink's connector writes it. */
  private static byte[] transaction() throws IOException {
    var out = new DataOutputSerializer(64);
    out.writeShort(1);
    out.writeLong(2);
    out.writeUTF("results-0-1");
    return out.getCopyOfBuffer();
  }

  @SuppressWarnings("unchecked") // Both sinks have committables of their own.
  private static SimpleVersionedSerializer<Object> committables(Strategy strategy) {
    var job = new Configuration();
    job.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file:///not-written");
    job.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, java.time.Duration.ofSeconds(1));
    var config =
        KafkaSinkConfig.of(KafkaConfig.plaintext("localhost:1"), "results", "results")
            .with(strategy);
    Sink<String> sink = KafkaSinks.exactlyOnce(config, job, text -> null);
    return ((SupportsCommitter<Object>) sink).getCommittableSerializer();
  }
}
