package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.StagedNetworkSuite;
import io.onceflow.common.commit.conformance.StagedStoreSuite;
import io.onceflow.common.commit.conformance.StoreFixture;
import io.onceflow.common.config.RedisConfig;
import org.junit.jupiter.api.Nested;

/** The conformance suite over Redis. */
class RedisConformanceIT {

  @Nested
  class Staged extends StagedStoreSuite {
    @Override
    protected StoreFixture createFixture() {
      return new RedisFixture(RedisConfig.DEFAULT_CHUNK_ROWS);
    }
  }

  @Nested
  class StagedOverTheNetwork extends StagedNetworkSuite {
    @Override
    protected ServerFixture createFixture() {
      return new RedisFixture(RedisConfig.DEFAULT_CHUNK_ROWS);
    }
  }
}
