package io.onceflow.common.sink.postgres;

import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.common.sink.peer.PeerServer;
import io.onceflow.common.sink.peer.PeerSinkSuite;
import io.onceflow.common.sink.postgres.PostgresPeerContext.Way;
import io.onceflow.testbed.servers.TestServers;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;

/** Flink's own test suite for sinks over the PostgreSQL sink. */
class PostgresPeerIT extends PeerSinkSuite {

  @TestExternalSystem final PeerServer server = new PeerServer(TestServers::postgres);

  @TestContext final ExternalContextFactory<PeerContext> staged = testName -> context(Way.STAGED);

  @TestContext
  final ExternalContextFactory<PeerContext> stagedPerSubtask =
      testName -> context(Way.STAGED_PER_SUBTASK);

  @TestContext
  final ExternalContextFactory<PeerContext> prepared = testName -> context(Way.PREPARED);

  @TestContext
  final ExternalContextFactory<PeerContext> threePhase = testName -> context(Way.THREE_PHASE);

  private PeerContext context(Way way) {
    return new PostgresPeerContext(way, cluster.checkpointing());
  }
}
