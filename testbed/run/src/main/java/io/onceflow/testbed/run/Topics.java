package io.onceflow.testbed.run;

import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.testbed.servers.KafkaClient;
import java.util.Map;

/** The topics of the runs. */
final class Topics {

  static final String COMMANDS = "ledger-commands";
  static final String RESULTS = "ledger-results";
  static final String DEAD_LETTERS = "ledger-dead-letters";

  static final String NUMBERS = "test-topic";
  static final String DOUBLED = "output-topic";
  static final String NO_NUMBERS = "pipeline-dead-letters";

  static final String RELAYED = "relay-in";
  static final String RELAYED_BACK = "relay-out";
  static final String RELAY_REJECTED = "relay-rejected";
  static final String WEBHOOK_RESULTS = "relay-results";
  static final String WEBHOOK_REPLIES = "relay-replies";
  static final String WEBHOOK_DEAD_LETTERS = "relay-dead-letters";
  static final String WEBHOOK_UNDECODABLE = "relay-undecodable";

  static final String MARKERS = KafkaSinkConfig.DEFAULT_MARKER_TOPIC;

  private Topics() {}

  /** Makes a topic that an earlier run has not made. */
  static void create(KafkaClient client, String topic, int partitions, Map<String, String> config) {
    if (!client.topics().contains(topic)) {
      client.createTopic(topic, partitions, config);
    }
  }
}
