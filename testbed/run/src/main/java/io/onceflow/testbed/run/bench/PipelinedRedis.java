package io.onceflow.testbed.run.bench;

import io.onceflow.testbed.servers.RedisServer;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;

/**
 * The peer of the Redis sink: a loop that pipelines the rows over one connection and waits for the
 * answers every so many. No Flink, no checkpoint; whoever starts it again writes everything again.
 *
 * @param server with the same settings for both
 * @param batch rows between two waits
 */
record PipelinedRedis(RedisServer server, int batch) {

  static final String NAME = "jedis-pipeline";

  /**
   * Writes the rows.
   *
   * @throws redis.clients.jedis.exceptions.JedisException when the server refuses one
   */
  Timing write(RedisWorkload workload, String prefix) {
    try (var connection = new Connection(new HostAndPort(server.host(), server.port()))) {
      connection.sendCommand(Command.AUTH, server.user(), server.password());
      connection.getStatusCodeReply();
      var startedNs = System.nanoTime();
      try (var pipeline = new Pipeline(connection)) {
        for (var number = 0L; number < workload.count(); number++) {
          workload.send(pipeline, prefix, number);
          if ((number + 1) % batch == 0) {
            check(pipeline);
          }
        }
        check(pipeline);
      }
      var tookNs = System.nanoTime() - startedNs;
      return new Timing(workload.count(), workload.count(), tookNs, tookNs, true);
    }
  }

  /** Answers are looked at, as anybody would who wants to know of a refusal. */
  private static void check(Pipeline pipeline) {
    for (var answer : pipeline.syncAndReturnAll()) {
      if (answer instanceof RuntimeException refusal) {
        throw refusal;
      }
    }
  }
}
