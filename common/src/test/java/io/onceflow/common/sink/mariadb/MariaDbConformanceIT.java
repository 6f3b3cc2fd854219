package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.conformance.PreparedNetworkSuite;
import io.onceflow.common.commit.conformance.PreparedStoreSuite;
import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.StagedNetworkSuite;
import io.onceflow.common.commit.conformance.StagedStoreSuite;
import io.onceflow.common.commit.conformance.StoreFixture;
import org.junit.jupiter.api.Nested;

/** The conformance suite over MariaDB. */
class MariaDbConformanceIT {

  @Nested
  class Staged extends StagedStoreSuite {
    @Override
    protected StoreFixture createFixture() throws Exception {
      return new MariaDbFixture();
    }
  }

  @Nested
  class Prepared extends PreparedStoreSuite {
    @Override
    protected StoreFixture createFixture() throws Exception {
      return new MariaDbFixture();
    }
  }

  @Nested
  class PreparedOverTheNetwork extends PreparedNetworkSuite {
    @Override
    protected ServerFixture createFixture() throws Exception {
      return new MariaDbFixture();
    }
  }

  @Nested
  class StagedOverTheNetwork extends StagedNetworkSuite {
    @Override
    protected ServerFixture createFixture() throws Exception {
      return new MariaDbFixture();
    }
  }
}
