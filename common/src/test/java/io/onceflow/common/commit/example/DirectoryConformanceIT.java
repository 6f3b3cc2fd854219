package io.onceflow.common.commit.example;

import io.onceflow.common.commit.conformance.StagedStoreSuite;
import io.onceflow.common.commit.conformance.StoreFixture;

/** The conformance suite over the store of {@code docs/write-your-own-store.md}. */
class DirectoryConformanceIT extends StagedStoreSuite {
  @Override
  protected StoreFixture createFixture() throws Exception {
    return new DirectoryFixture();
  }
}
