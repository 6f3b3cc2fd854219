package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A producer's side of a server: durable queues and confirmed, persistent messages. */
final class Queues implements AutoCloseable {

  private final RabbitMqServer server;
  private final Connection connection;
  private final Channel channel;

  Queues(RabbitMqServer server) throws Exception {
    this.server = server;
    this.connection = server.connect();
    this.channel = connection.createChannel();
    channel.confirmSelect();
  }

  /** How a source reaches the server. */
  static RabbitMqConfig config(RabbitMqServer server, int port) {
    var password = Secret.fromFile(server.passwordFile().toString());
    return RabbitMqConfig.loopback(port, server.streamPort(), server.user(), password);
  }

  RabbitMqConfig config() {
    return config(server, server.port());
  }

  /** Declares a queue of a kind: classic or quorum. */
  String declare(String kind) throws Exception {
    return declare(Map.of("x-queue-type", kind));
  }

  String declare(Map<String, Object> arguments) throws Exception {
    var name = TestServers.newRabbitMqName("queue");
    channel.queueDeclare(name, true, false, false, arguments);
    return name;
  }

  /** Publishes texts that are their own ids, and waits until the server has them. */
  List<String> publish(String queue, int from, int until) throws Exception {
    var texts = new ArrayList<String>();
    for (int i = from; i < until; i++) {
      var text = queue + "/" + i;
      texts.add(text);
      publish(queue, properties().messageId(text).build(), text);
    }
    confirm();
    return texts;
  }

  void publish(String queue, BasicProperties properties, String body) throws Exception {
    channel.basicPublish("", queue, properties, body.getBytes(StandardCharsets.UTF_8));
  }

  void confirm() throws Exception {
    channel.waitForConfirmsOrDie(30_000);
  }

  static BasicProperties.Builder properties() {
    return new BasicProperties.Builder().deliveryMode(2);
  }

  /** Messages that are ready, which those of a running consumer are not. */
  long ready(String queue) throws Exception {
    return channel.messageCount(queue);
  }

  long consumers(String queue) throws Exception {
    return channel.consumerCount(queue);
  }

  Channel channel() {
    return channel;
  }

  @Override
  public void close() {
    connection.abort(1000);
  }
}
