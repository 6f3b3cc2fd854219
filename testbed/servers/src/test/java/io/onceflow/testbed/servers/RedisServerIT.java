package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.exceptions.JedisException;

/** A real Redis. */
class RedisServerIT {

  @Test
  void aServerChecksPasswordsAndKeepsItsDurability() {
    RedisServer server = TestServers.redis();
    try (RedisClient client = server.connect()) {
      assertThat(client.list("CONFIG", "GET", "append*"))
          .containsSubsequence("appendfsync", "always")
          .containsSubsequence("appendonly", "yes");
    }
    assertThatThrownBy(
            () -> RedisClient.connect(server.host(), server.port(), server.user(), "guessed"))
        .isInstanceOf(JedisException.class)
        .hasMessageContaining("WRONGPASS");
  }

  @Test
  void whatWasAnsweredBeforeAKillIsThereAfterARestart() {
    try (RedisServer server = RedisServer.start()) {
      server.command("SET", "a", "1");
      server.command("INCRBY", "a", "41");
      List<Long> pids = server.pids();
      server.kill();
      assertThat(pids).isNotEmpty().noneMatch(ProcessTree::isRunning);
      server.restart();
      assertThat(server.command("GET", "a")).isEqualTo("42");
    }
  }

  @Test
  void aServerStartedOverItsOldDirectoryKeepsDataAndPassword(@TempDir Path directory) {
    String password;
    try (RedisServer first = RedisServer.builder().directory(directory).start()) {
      first.command("SET", "kept", "yes");
      password = first.password();
    }
    try (RedisServer second =
        RedisServer.builder().directory(directory).setting("appendfsync", "everysec").start()) {
      assertThat(second.password()).isEqualTo(password);
      assertThat(second.command("GET", "kept")).isEqualTo("yes");
      assertThat(second.command("CONFIG", "GET", "appendfsync"))
          .isEqualTo(List.of("appendfsync", "everysec"));
    }
  }

  @Test
  void aPausedServerAnswersWhenItIsResumed() throws Exception {
    try (RedisServer server = RedisServer.start();
        RedisClient client = server.connect()) {
      server.pause();
      CompletableFuture<Object> answer =
          CompletableFuture.supplyAsync(() -> client.command("PING"));
      assertThat(answer.completeOnTimeout("silent", 300, TimeUnit.MILLISECONDS).get())
          .isEqualTo("silent");
      server.resume();
      assertThat(server.command("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void aServerThatCannotStartSaysWhy() {
    assertThatThrownBy(() -> RedisServer.builder().setting("no-such-setting", "1").start())
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("Redis ended while it was starting")
        .hasMessageContaining("no-such-setting");
  }

  @Test
  void aProxyLeadsToTheServer() {
    RedisServer server = TestServers.redis();
    try (TcpProxy proxy = TcpProxy.to(server.host(), server.port());
        RedisClient client =
            RedisClient.connect(proxy.host(), proxy.port(), server.user(), server.password())) {
      assertThat(client.command("PING")).isEqualTo("PONG");
      proxy.delay(TcpProxy.Direction.CLIENT_TO_SERVER, Duration.ofMillis(1));
      proxy.cut(TcpProxy.Cut.RST);
      assertThatThrownBy(() -> client.command("PING")).isInstanceOf(JedisException.class);
    }
  }
}
