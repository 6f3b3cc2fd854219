package io.onceflow.testbed.run.outbox;

import io.onceflow.producer.OutboxSender;
import io.onceflow.producer.SenderSettings;
import java.time.Duration;
import java.util.Map;

/** What the senders of both producers have in common. */
final class Senders {

  private Senders() {}

  static SenderSettings settings(String bootstrapServers) {
    return SenderSettings.of(
            Map.of("bootstrap.servers", bootstrapServers),
            PaymentTopics.MESSAGES,
            PaymentTopics.REPLIES)
        .withWindow(50)
        .withResends(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofHours(1))
        .withStatusGrace(Duration.ofSeconds(30));
  }

  static void print(OutboxSender sender) {
    System.out.println(sender.status());
  }
}
