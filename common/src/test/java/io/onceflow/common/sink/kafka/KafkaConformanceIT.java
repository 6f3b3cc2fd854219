package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.conformance.StagedStoreSuite;
import io.onceflow.common.commit.conformance.StoreFixture;

/** The conformance suite over Kafka; faults of the network are in {@link KafkaNetworkIT}. */
class KafkaConformanceIT extends StagedStoreSuite {
  @Override
  protected StoreFixture createFixture() {
    return new KafkaFixture();
  }
}
