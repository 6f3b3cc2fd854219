package io.onceflow.testbed.run.outbox;

import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.DeadMessageFormat;
import io.onceflow.producer.wire.MalformedException;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.ReplyFormat;
import io.onceflow.testbed.servers.KafkaClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a reader of committed records and rows finds at the end.
 *
 * @param replies in the order of their partitions
 * @param results the same: producer, number, key and id
 * @param letters dead letters of the retry
 * @param undecodable the reasons of the decoders' dead letters
 * @param added the ids that the till is known to have added
 * @param orders the ids of the shop's orders
 * @param outcomes id and result, as the shop has heard them
 * @param left rows in the shop's outbox
 */
record Observed(
    List<Reply> replies,
    List<String> results,
    List<DeadMessage> letters,
    List<String> undecodable,
    List<String> added,
    List<String> orders,
    List<String> outcomes,
    long left) {

  static Observed of(KafkaClient client, ShopDatabase shop, Path added)
      throws MalformedException, SQLException, IOException {
    List<DeadMessage> letters = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : client.readCommitted(PaymentTopics.DEAD_LETTERS)) {
      letters.add(DeadMessageFormat.read(record.key(), record.value(), record.headers()));
    }
    return new Observed(
        replies(client),
        results(client),
        letters,
        client.readCommitted(PaymentTopics.UNDECODABLE).stream()
            .map(record -> text(record.headers().lastHeader("onceflow-reason").value()))
            .toList(),
        Files.readAllLines(added),
        shop.texts("SELECT 'shop-' || number FROM orders"),
        shop.texts("SELECT id || ' ' || result FROM outcomes"),
        shop.count("SELECT count(*) FROM onceflow_outbox"));
  }

  static List<Reply> replies(KafkaClient client) throws MalformedException {
    List<Reply> replies = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : client.readCommitted(PaymentTopics.REPLIES)) {
      replies.add(ReplyFormat.read(record.value()));
    }
    return replies;
  }

  static List<String> results(KafkaClient client) {
    return client.readCommitted(PaymentTopics.RESULTS).stream()
        .map(record -> text(record.value()))
        .toList();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
