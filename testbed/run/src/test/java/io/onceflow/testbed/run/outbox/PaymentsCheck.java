package io.onceflow.testbed.run.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.producer.FinalOutcome.Result;
import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.DeadMessageFormat;
import io.onceflow.producer.wire.MalformedException;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.ReplyFormat;
import io.onceflow.testbed.servers.KafkaClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;

/**
 * Compares what a reader of committed records finds with what had to become of each message.
 *
 * @param added the ids that the till is known to have added
 */
record PaymentsCheck(KafkaClient client, ShopDatabase shop, Path added) {

  /** Producer and number. */
  private record Name(String producer, long sequence) {}

  private List<Reply> replies() throws MalformedException {
    List<Reply> replies = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : client.readCommitted(PaymentTopics.REPLIES)) {
      replies.add(ReplyFormat.read(record.value()));
    }
    return replies;
  }

  /** By name; more than one for a message is a mistake. */
  private Map<Name, MessageReply> finals(List<Reply> replies) {
    Map<Name, MessageReply> finals = new HashMap<>();
    for (Reply reply : replies) {
      if (reply instanceof MessageReply message
          && message.status().isFinal()
          && !message.repeated()) {
        Name name = new Name(message.producer(), message.sequence());
        assertThat(finals.put(name, message)).as("a second final one of %s", name).isNull();
      }
    }
    return finals;
  }

  private static long number(String id) {
    return Long.parseLong(id.split("-")[1]);
  }

  /** The effects may be committed a moment after the last acknowledgement. */
  void awaitEffects() throws MalformedException {
    long applied =
        finals(replies()).values().stream()
            .filter(reply -> reply.status() == MessageReply.Status.APPLIED)
            .count();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.readCommitted(PaymentTopics.RESULTS).size() >= applied);
  }

  void all() throws MalformedException, SQLException, IOException {
    List<Reply> replies = replies();
    Map<Name, MessageReply> finals = finals(replies);
    checkNumbers(replies, finals);
    finals.forEach(
        (name, reply) ->
            assertThat(reply.status().name())
                .as("%s", name)
                .isEqualTo(Payments.expected(number(reply.id())).name()));
    checkEffects(finals);
    checkDeadLetters(finals);
    checkProducers(finals);
    Set<String> codes = new HashSet<>();
    client
        .readCommitted(PaymentTopics.UNDECODABLE)
        .forEach(record -> codes.add(header(record, "onceflow-reason")));
    assertThat(codes).containsExactlyInAnyOrder("no_envelope", "malformed_control");
    System.out.printf(
        "%d messages, %d replies, %d of them repeated%n",
        finals.size(),
        replies.size(),
        replies.stream()
            .filter(reply -> reply instanceof MessageReply message && message.repeated())
            .count());
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  /** 1 to n, each once; and the reports say so too. */
  private static void checkNumbers(List<Reply> replies, Map<Name, MessageReply> finals) {
    for (String producer : List.of(ShopMain.PRODUCER, TillMain.PRODUCER)) {
      List<Long> numbers =
          finals.keySet().stream()
              .filter(name -> name.producer().equals(producer))
              .map(Name::sequence)
              .sorted()
              .toList();
      assertThat(numbers)
          .as(producer)
          .isNotEmpty()
          .isEqualTo(LongStream.rangeClosed(1, numbers.size()).boxed().toList());
      long upTo =
          replies.stream()
              .filter(reply -> reply instanceof ProgressReply && reply.producer().equals(producer))
              .mapToLong(reply -> ((ProgressReply) reply).upTo())
              .max()
              .orElse(0);
      assertThat(upTo).as("reports to " + producer).isEqualTo(numbers.size());
    }
  }

  /** One for each message that was applied, none for the others, in order for each key. */
  private void checkEffects(Map<Name, MessageReply> finals) {
    Set<Name> effects = new HashSet<>();
    Map<String, Long> lastOfKey = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : client.readCommitted(PaymentTopics.RESULTS)) {
      String[] result = new String(record.value(), StandardCharsets.UTF_8).split(" ");
      Name name = new Name(result[0], Long.parseLong(result[1]));
      assertThat(effects.add(name)).as("effect of %s", name).isTrue();
      assertThat(finals.get(name).status()).isEqualTo(MessageReply.Status.APPLIED);
      assertThat(finals.get(name).id()).isEqualTo(result[3]);
      Long before = lastOfKey.put(result[2], name.sequence());
      assertThat(before == null || before < name.sequence())
          .as("%s after %s of key %s", name, before, result[2])
          .isTrue();
    }
    assertThat(effects)
        .hasSameSizeAs(
            finals.values().stream()
                .filter(reply -> reply.status() == MessageReply.Status.APPLIED)
                .toList());
  }

  private void checkDeadLetters(Map<Name, MessageReply> finals) throws MalformedException {
    Set<Name> dead = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> record : client.readCommitted(PaymentTopics.DEAD_LETTERS)) {
      DeadMessage letter = DeadMessageFormat.read(record.key(), record.value(), record.headers());
      Name name = new Name(letter.message().producer(), letter.message().sequence());
      assertThat(dead.add(name)).as("dead letter of %s", name).isTrue();
      assertThat(finals.get(name).status()).isEqualTo(MessageReply.Status.DEAD_LETTERED);
      assertThat(letter.failures()).hasSize(Payments.MAX_ATTEMPTS);
      assertThat(letter.origin().orElseThrow().topic()).isEqualTo(PaymentTopics.MESSAGES);
    }
    assertThat(dead)
        .hasSameSizeAs(
            finals.values().stream()
                .filter(reply -> reply.status() == MessageReply.Status.DEAD_LETTERED)
                .toList());
  }

  /** What the producers have added was sent, and nothing else; both outboxes are empty. */
  private void checkProducers(Map<Name, MessageReply> finals) throws SQLException, IOException {
    Set<String> ids = new HashSet<>();
    finals.values().forEach(reply -> ids.add(reply.id()));
    assertThat(ids).hasSameSizeAs(finals.values());
    assertThat(ids).containsAll(Files.readAllLines(added));
    long orders = shop.count("SELECT count(*) FROM orders");
    assertThat(ids.stream().filter(id -> id.startsWith(ShopMain.PRODUCER))).hasSize((int) orders);
    assertThat(shop.count("SELECT count(*) FROM onceflow_outbox")).isZero();
    // The outcome was written in the transaction that forgot the message.
    assertThat(shop.count("SELECT count(*) FROM outcomes")).isEqualTo(orders);
    assertThat(
            shop.count(
                "SELECT count(*) FROM orders o JOIN outcomes u ON u.id = 'shop-' || o.number"))
        .isEqualTo(orders);
    for (Result result : Result.values()) {
      long expected =
          finals.values().stream()
              .filter(reply -> reply.producer().equals(ShopMain.PRODUCER))
              .filter(reply -> reply.status().name().equals(result.name()))
              .count();
      assertThat(shop.count("SELECT count(*) FROM outcomes WHERE result = '" + result + "'"))
          .as("%s", result)
          .isEqualTo(expected);
    }
  }
}
