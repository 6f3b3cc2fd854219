package io.onceflow.common.sink.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.sink.postgres.FailsAtCheckpoint;
import io.onceflow.common.sink.postgres.SinkJobs;
import io.onceflow.common.sink.postgres.SinkJobs.Numbered;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Cut;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sink in a MiniCluster against a real Redis: a counter shows every row that counts twice. */
@Timeout(180)
class RedisSinkIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final long ROWS = 20_000;
  private static final byte[] EVAL = "EVAL".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path directory;

  private final RedisKeys keys = RedisKeys.on(TestServers.redis());

  /** Also in chunks that are far smaller than an epoch. */
  @ParameterizedTest
  @ValueSource(ints = {RedisConfig.DEFAULT_CHUNK_ROWS, 100})
  void aCheckpointThatFailsAfterTheSnapshotCountsNothingTwice(int chunkRows) throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    var numbers = SinkJobs.numbers(environment, "numbers", 0, ROWS, 5_000);
    var name = UUID.randomUUID().toString();
    // Both branches in one region: else only the failing one restarts and nothing is tested.
    numbers
        .keyBy(Numbered::id)
        .map(new FailsAtCheckpoint(name, 7))
        .uid("fails")
        .sinkTo(new DiscardingSink<>())
        .uid("discard");
    numbers
        .sinkTo(
            sink(keys.inChunksOf(chunkRows)).checkpointsOf(environment.getConfiguration()).build())
        .uid("sink");
    environment.execute();

    assertThat(FailsAtCheckpoint.hasFailed(name, 7)).isTrue();
    assertThat(keys.get("count")).isEqualTo(Long.toString(ROWS));
  }

  /** Of the request and of the answer to it. */
  @ParameterizedTest
  @EnumSource(Direction.class)
  void aConnectionThatBreaksAtAScriptCountsEveryRowOnce(Direction direction) throws Exception {
    try (var proxy = TcpProxy.to(keys.server().host(), keys.server().port())) {
      var password = keys.config().server().password();
      var through = keys.with(RedisConfig.loopback(proxy.port(), password, keys.prefix()));
      var environment = SinkJobs.environment(directory, 2, null);
      SinkJobs.numbers(environment, "numbers", 0, ROWS, 5_000)
          .sinkTo(sink(through).checkpointsOf(environment.getConfiguration()).build())
          .uid("sink");
      var client = environment.executeAsync();
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> keys.get("count") != null);
      var action =
          direction == Direction.CLIENT_TO_SERVER
              ? new ProxyAction.LoseRequest(Cut.RST)
              : ProxyAction.loseReply();
      proxy.when(Direction.CLIENT_TO_SERVER, EVAL, action).awaitFired(Duration.ofSeconds(60));
      client.getJobExecutionResult().get();
    }
    assertThat(keys.get("count")).isEqualTo(Long.toString(ROWS));
  }

  private static TwoPhaseCommitSink.Builder<Numbered> sink(RedisKeys keys) {
    var key = keys.key("count");
    return TwoPhaseCommitSink.of(
            RedisStore.<Numbered>of(keys.config(), row -> RedisOperation.incrBy(key, 1)))
        .sinkId("numbers");
  }
}
