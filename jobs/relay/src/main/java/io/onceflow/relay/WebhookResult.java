package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.sink.kafka.RecordMapper;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * That a message was taken by the webhook.
 *
 * @param id the message's
 * @param key the message's
 * @param status of the answer, such as 200
 * @param attempts how many it took
 */
public record WebhookResult(String id, String key, int status, int attempts) {

  /** One record per result: the message's key and id, status and attempts as JSON. */
  static RecordMapper<WebhookResult> mapper(String topic) {
    return result -> {
      var json = "{\"status\":%d,\"attempts\":%d}".formatted(result.status(), result.attempts());
      var record =
          new ProducerRecord<byte[], byte[]>(
              topic, result.key().getBytes(UTF_8), json.getBytes(UTF_8));
      record.headers().add(RelayHeaders.MESSAGE_ID, result.id().getBytes(UTF_8));
      return record;
    };
  }
}
