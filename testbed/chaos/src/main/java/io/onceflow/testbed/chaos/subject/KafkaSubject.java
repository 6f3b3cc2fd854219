package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.KafkaView;
import io.onceflow.testbed.chaos.check.StoreView;
import io.onceflow.testbed.servers.FreePort;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.ServerProcess;
import io.onceflow.testbed.servers.TcpProxy;
import java.util.List;

/** A broker of its own for the output, with our strategy and with Flink's Kafka sink. */
final class KafkaSubject extends StoreSubject {

  private static final int PARTITIONS = 3;

  private final TcpProxy proxy;
  private final KafkaBroker broker;

  KafkaSubject(String name, Servers servers) {
    super(name, servers);
    var port = FreePort.next();
    proxy = TcpProxy.toKafka("127.0.0.1", port);
    broker =
        KafkaBroker.builder()
            .directory(servers.directory().resolve(name))
            .port(port)
            .advertisedPort(proxy.port())
            .start();
  }

  @Override
  public ServerProcess store() {
    return broker;
  }

  @Override
  public TcpProxy proxy() {
    return proxy;
  }

  @Override
  void prepareStore(Block block) {
    try (var client = KafkaClient.to(broker.internalServers())) {
      client.createTopic(block.legs(), PARTITIONS);
      if (!isPeer()) {
        client.createMarkerTopic(block.markers(), 1);
      }
    }
  }

  @Override
  List<String> storeArguments(Block block) {
    return List.of(
        "--output", broker.bootstrapServers(),
        "--legs", block.legs(),
        "--markers", block.markers());
  }

  @Override
  StoreView view(Block block) {
    return new KafkaView(
        new KafkaView.Topics(
            broker.internalServers(),
            block.legs(),
            isPeer() ? null : block.markers(),
            block.run()));
  }

  @Override
  public void close() {
    proxy.close();
    broker.close();
  }
}
