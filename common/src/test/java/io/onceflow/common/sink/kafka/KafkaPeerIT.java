package io.onceflow.common.sink.kafka;

import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.common.sink.peer.PeerServer;
import io.onceflow.common.sink.peer.PeerSinkSuite;
import io.onceflow.testbed.servers.TestServers;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;

/** Flink's own test suite for sinks over the staged Kafka sink. */
class KafkaPeerIT extends PeerSinkSuite {

  @TestExternalSystem final PeerServer server = new PeerServer(TestServers::kafka);

  @TestContext
  final ExternalContextFactory<PeerContext> staged =
      testName -> new KafkaPeerContext(cluster.checkpointing());
}
