package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.sink.peer.PeerCluster;
import io.onceflow.common.sink.peer.PeerServer;
import io.onceflow.testbed.servers.TestServers;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestEnv;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;
import org.apache.flink.connector.testframe.junit.annotations.TestSemantics;
import org.apache.flink.connector.testframe.testsuites.SourceTestSuiteBase;
import org.apache.flink.core.execution.CheckpointingMode;
import org.junit.jupiter.api.Timeout;

/** Flink's own test suite for sources over queues and streams. */
// The suite waits for metrics without an end and swallows interrupts, so it needs a thread that
// can be left behind.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RabbitMqPeerIT extends SourceTestSuiteBase<RabbitMqMessage> {

  @TestEnv final PeerCluster cluster = new PeerCluster();

  @TestSemantics final CheckpointingMode[] semantics = {CheckpointingMode.EXACTLY_ONCE};

  @TestExternalSystem final PeerServer server = new PeerServer(TestServers::rabbitMq);

  @TestContext
  final ExternalContextFactory<PeerSources> classic =
      testName -> new PeerSources.OfQueues(producer(), "classic", cluster.checkpointing());

  @TestContext
  final ExternalContextFactory<PeerSources> quorum =
      testName -> new PeerSources.OfQueues(producer(), "quorum", cluster.checkpointing());

  @TestContext
  final ExternalContextFactory<PeerSources> streams =
      testName -> new PeerSources.OfStreams(streamProducer(), producer());

  private static Queues producer() {
    try {
      return new Queues(TestServers.rabbitMq());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Streams streamProducer() {
    try {
      return new Streams(TestServers.rabbitMq());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
