package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.redis.RedisOperation;
import io.onceflow.common.sink.redis.RedisStore;
import io.onceflow.testbed.servers.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Where jobs commit texts, in a Redis stream that keeps order and every repetition. */
final class CommittedTexts {

  private final String prefix = TestServers.newRedisPrefix();

  /** Writes exactly once. */
  void sink(StreamExecutionEnvironment environment, DataStream<String> texts) {
    var server = TestServers.redis();
    var password = Secret.fromFile(server.passwordFile().toString());
    var config = RedisConfig.loopback(server.port(), password, prefix);
    var key = key();
    texts
        .sinkTo(
            TwoPhaseCommitSink.of(
                    RedisStore.<String>of(
                        config, text -> RedisOperation.xadd(key, Map.of("text", text))))
                .sinkId("texts")
                .checkpointsOf(environment.getConfiguration())
                .build())
        .uid("sink-texts");
  }

  private String key() {
    return prefix + "texts";
  }

  int count() {
    return ((Long) TestServers.redis().command("XLEN", key())).intValue();
  }

  List<String> all() {
    var texts = new ArrayList<String>();
    for (var entry : (List<?>) TestServers.redis().command("XRANGE", key(), "-", "+")) {
      texts.add((String) ((List<?>) ((List<?>) entry).get(1)).get(1));
    }
    return texts;
  }
}
