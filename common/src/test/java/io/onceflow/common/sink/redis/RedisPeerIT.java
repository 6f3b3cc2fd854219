package io.onceflow.common.sink.redis;

import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.common.sink.peer.PeerServer;
import io.onceflow.common.sink.peer.PeerSinkSuite;
import io.onceflow.testbed.servers.TestServers;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;

/** Flink's own test suite for sinks over the staged Redis sink. */
class RedisPeerIT extends PeerSinkSuite {

  @TestExternalSystem final PeerServer server = new PeerServer(TestServers::redis);

  @TestContext
  final ExternalContextFactory<PeerContext> staged =
      testName -> new RedisPeerContext(cluster.checkpointing());
}
