package io.onceflow.testbed.run.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.run.bench.RedisWorkload.Kind;
import io.onceflow.testbed.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Redis benchmark counts what is there, and would see a row too many or too few. */
@Timeout(60)
class RedisBenchIT {

  private static final String PREFIX = "{count}:";

  private static RedisServer server;

  @BeforeAll
  static void start() {
    server = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyRowOfThePeerIsCountedAndNoKeyOfTheSink(Kind kind) {
    var workload = new RedisWorkload(kind, new BenchRows(1, 0), 250);
    try (var client = server.connect()) {
      client.command("FLUSHALL");
      client.command("HSET", PREFIX + "onceflow:sink:bench", "last", "1");

      var timing = new PipelinedRedis(server, 100).write(workload, PREFIX);

      assertThat(timing.rows()).isEqualTo(250);
      assertThat(RedisSinkSuite.count(client, workload, PREFIX)).isEqualTo(250);
    }
  }

  /** Rows that replace each other cannot show a duplicate; entries of a stream can. */
  @ParameterizedTest
  @EnumSource(value = Kind.class, names = "XADD")
  void aRowThatIsWrittenTwiceIsCountedTwice(Kind kind) {
    var workload = new RedisWorkload(kind, new BenchRows(1, 0), 10);
    try (var client = server.connect()) {
      client.command("FLUSHALL");
      var peer = new PipelinedRedis(server, 100);
      peer.write(workload, PREFIX);
      peer.write(workload, PREFIX);

      assertThat(RedisSinkSuite.count(client, workload, PREFIX)).isEqualTo(20);
    }
  }
}
