package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.common.sink.peer.PeerServer;
import io.onceflow.common.sink.peer.PeerSinkSuite;
import io.onceflow.testbed.servers.TestServers;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;

/** Flink's own test suite for sinks over the MariaDB sink. */
class MariaDbPeerIT extends PeerSinkSuite {

  @TestExternalSystem final PeerServer server = new PeerServer(TestServers::mariaDb);

  @TestContext
  final ExternalContextFactory<PeerContext> staged =
      testName -> new MariaDbPeerContext(CommitStrategy.STAGED, cluster.checkpointing());

  @TestContext
  final ExternalContextFactory<PeerContext> prepared =
      testName -> new MariaDbPeerContext(CommitStrategy.PREPARED, cluster.checkpointing());
}
