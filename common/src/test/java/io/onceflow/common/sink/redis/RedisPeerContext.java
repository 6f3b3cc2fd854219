package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.sink.peer.PeerContext;
import io.onceflow.testbed.servers.RedisClient;
import io.onceflow.testbed.servers.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;

/** Appends to a stream of its own, in chunks that are smaller than an epoch. */
final class RedisPeerContext extends PeerContext {

  private final RedisKeys keys = RedisKeys.on(TestServers.redis()).inChunksOf(50);

  RedisPeerContext(ReadableConfig checkpointing) {
    super("Redis STAGED", checkpointing);
  }

  @Override
  protected TwoPhaseCommitSink.Builder<String> newSink() {
    var stream = keys.key("rows");
    return TwoPhaseCommitSink.of(
            RedisStore.<String>of(
                keys.config(), row -> RedisOperation.xadd(stream, Map.of("row", row))))
        .onReject(OnReject.FAIL);
  }

  @Override
  public ExternalSystemDataReader<String> createSinkDataReader(TestingSinkSettings settings) {
    return new StreamReader(keys.server().connect(), keys.key("rows"));
  }

  /** Reads each entry of a stream once and goes on as more come; ids only grow. */
  private static final class StreamReader implements ExternalSystemDataReader<String> {
    private final RedisClient client;
    private final String stream;
    private String from = "-";

    StreamReader(RedisClient client, String stream) {
      this.client = client;
      this.stream = stream;
    }

    /** Does not wait: whoever polls does. */
    @Override
    public List<String> poll(Duration timeout) {
      var rows = new ArrayList<String>();
      for (var entry : (List<?>) client.command("XRANGE", stream, from, "+")) {
        from = "(" + ((List<?>) entry).get(0);
        rows.add((String) ((List<?>) ((List<?>) entry).get(1)).get(1));
      }
      return rows;
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
