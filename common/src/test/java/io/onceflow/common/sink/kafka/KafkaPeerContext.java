package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.testbed.servers.TestServers;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes to a topic of its own, of three partitions, with strategy STAGED. */
final class KafkaPeerContext extends PeerContext {

  private final KafkaSinkConfig config = KafkaEpochs.onSharedBroker("peer", 3);

  KafkaPeerContext(ReadableConfig checkpointing) {
    super("Kafka STAGED", checkpointing);
  }

  @Override
  protected TwoPhaseCommitSink.Builder<String> newSink() {
    var topic = config.topic();
    return TwoPhaseCommitSink.of(
            KafkaStore.<String>of(
                config, row -> new ProducerRecord<>(topic, KafkaEpochs.bytes(row))))
        .onReject(OnReject.FAIL);
  }

  @Override
  public ExternalSystemDataReader<String> createSinkDataReader(TestingSinkSettings settings) {
    return new TopicReader(TestServers.kafka().bootstrapServers(), config.topic());
  }
}
