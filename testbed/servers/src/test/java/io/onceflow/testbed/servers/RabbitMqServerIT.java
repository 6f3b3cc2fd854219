package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real RabbitMQ. */
class RabbitMqServerIT {

  @Test
  void aServerChecksPasswordsAndHasAllKindsOfQueues() throws Exception {
    RabbitMqServer server = TestServers.rabbitMq();
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      for (String kind : List.of("classic", "quorum", "stream")) {
        String name = TestServers.newRabbitMqName(kind);
        channel.queueDeclare(name, true, false, false, Map.of("x-queue-type", kind));
        assertThat(channel.messageCount(name)).isZero();
      }
    }
    ConnectionFactory guessed = new ConnectionFactory();
    guessed.setHost(server.host());
    guessed.setPort(server.port());
    guessed.setUsername(server.user());
    guessed.setPassword("guessed");
    assertThatThrownBy(guessed::newConnection).hasMessageContaining("ACCESS_REFUSED");
  }

  @Test
  void whatWasConfirmedBeforeAKillIsThereAfterARestart(@TempDir Path directory) throws Exception {
    String password;
    try (RabbitMqServer server = RabbitMqServer.builder().directory(directory).start()) {
      password = server.password();
      publish(server, "kept", "before the kill");
      List<Long> pids = server.pids();
      server.kill();
      assertThat(pids).hasSizeGreaterThan(2).noneMatch(ProcessTree::isRunning);
      server.restart();
      assertThat(first(server, "kept")).isEqualTo("before the kill");
      pids = server.pids();
      server.stop();
      assertThat(pids).noneMatch(ProcessTree::isRunning);
    }
    try (RabbitMqServer second = RabbitMqServer.builder().directory(directory).start()) {
      assertThat(second.password()).isEqualTo(password);
      assertThat(first(second, "kept")).isEqualTo("before the kill");
    }
  }

  @Test
  void aServerThatCannotStartSaysWhy() {
    assertThatThrownBy(() -> RabbitMqServer.builder().setting("no_such_setting", "1").start())
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("RabbitMQ ended while it was starting")
        .hasMessageContaining("failed_to_prepare_configuration");
  }

  private static void publish(RabbitMqServer server, String queue, String text) throws Exception {
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      channel.queueDeclare(queue, true, false, false, Map.of());
      channel.confirmSelect();
      channel.basicPublish(
          "", queue, MessageProperties.PERSISTENT_BASIC, text.getBytes(StandardCharsets.UTF_8));
      channel.waitForConfirmsOrDie(30_000);
    }
  }

  private static String first(RabbitMqServer server, String queue) throws Exception {
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      GetResponse message = channel.basicGet(queue, false);
      return message == null ? null : new String(message.getBody(), StandardCharsets.UTF_8);
    }
  }
}
