package io.onceflow.testbed.run.outbox;

import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.testbed.servers.KafkaClient;

/** The topics of the processes. */
final class PaymentTopics {

  static final String MESSAGES = "payments";
  static final String REPLIES = "payment-replies";
  static final String RESULTS = "payment-results";
  static final String DEAD_LETTERS = "payment-dead-letters";
  static final String CONTROLS = "payment-controls";
  static final String UNDECODABLE = "payment-undecodable";

  private PaymentTopics() {}

  static void create(KafkaClient client) {
    client.createMarkerTopic(KafkaSinkConfig.DEFAULT_MARKER_TOPIC, 2);
    client.createTopic(MESSAGES, 3);
    client.createTopic(REPLIES, 2);
    client.createTopic(RESULTS, 2);
    client.createTopic(DEAD_LETTERS, 1);
    client.createTopic(CONTROLS, 1);
    client.createTopic(UNDECODABLE, 1);
  }
}
