package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.StagedNetworkSuite;
import io.onceflow.common.commit.conformance.StagedStoreSuite;
import io.onceflow.common.commit.conformance.StoreFixture;
import org.junit.jupiter.api.Nested;

/** The conformance suite over streams of RabbitMQ, for readers that take whole epochs. */
class RabbitMqStreamConformanceIT {

  @Nested
  class Staged extends StagedStoreSuite {
    @Override
    protected StoreFixture createFixture() {
      return new RabbitMqStreamFixture();
    }
  }

  @Nested
  class StagedOverTheNetwork extends StagedNetworkSuite {
    @Override
    protected ServerFixture createFixture() {
      return new RabbitMqStreamFixture();
    }
  }
}
