package io.onceflow.common.retry;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Messages for tests. */
final class Messages {

  private Messages() {}

  static RetryMessage message(long sequence, String key) {
    return message("p", sequence, key, 5, "default");
  }

  static RetryMessage message(
      String producer, long sequence, String key, int priority, String dependency) {
    return new RetryMessage(
        producer,
        sequence,
        producer + "-" + sequence,
        key,
        priority,
        sequence,
        "replies",
        "text".getBytes(StandardCharsets.UTF_8),
        Map.of("dependency", dependency));
  }

  static RetryMessage garbage(long sequence) {
    return new RetryMessage(
        "p",
        sequence,
        "p-" + sequence,
        "k",
        0,
        sequence,
        "",
        "garbage".getBytes(StandardCharsets.UTF_8),
        Map.of());
  }
}
