package io.onceflow.testbed.run.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Compares what is there at the end with what had to become of each message. */
final class PaymentsCheck {

  private final Observed observed;
  private final Map<Name, MessageReply> finals;

  /** Producer and number. */
  private record Name(String producer, long sequence) {}

  private PaymentsCheck(Observed observed) {
    this.observed = observed;
    this.finals = finals(observed.replies());
  }

  /** Fails at the first thing that is wrong. */
  static void check(Observed observed) {
    PaymentsCheck check = new PaymentsCheck(observed);
    check.numbers();
    check.statuses();
    check.effects();
    check.deadLetters();
    check.producers();
    assertThat(new HashSet<>(observed.undecodable()))
        .containsExactlyInAnyOrder("no_envelope", "malformed_control");
  }

  static long applied(Collection<Reply> replies) {
    return finals(replies).values().stream()
        .filter(reply -> reply.status() == Status.APPLIED)
        .count();
  }

  /** By name; more than one for a message is a mistake. */
  private static Map<Name, MessageReply> finals(Collection<Reply> replies) {
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

  private List<MessageReply> with(Status status) {
    return finals.values().stream().filter(reply -> reply.status() == status).toList();
  }

  /** 1 to n, each once; and the reports say so too. */
  private void numbers() {
    for (String producer : List.of(ShopMain.PRODUCER, TillMain.PRODUCER)) {
      List<Long> numbers =
          finals.keySet().stream()
              .filter(name -> name.producer().equals(producer))
              .map(Name::sequence)
              .sorted()
              .toList();
      assertThat(numbers)
          .as("numbers of %s", producer)
          .isNotEmpty()
          .isEqualTo(LongStream.rangeClosed(1, numbers.size()).boxed().toList());
      long upTo =
          observed.replies().stream()
              .filter(reply -> reply instanceof ProgressReply && reply.producer().equals(producer))
              .mapToLong(reply -> ((ProgressReply) reply).upTo())
              .max()
              .orElse(0);
      assertThat(upTo).as("reports to %s", producer).isEqualTo(numbers.size());
    }
  }

  private void statuses() {
    finals.forEach(
        (name, reply) ->
            assertThat(reply.status().name())
                .as("status of %s", name)
                .isEqualTo(Payments.expected(Long.parseLong(reply.id().split("-")[1])).name()));
  }

  /** One for each message that was applied, none for the others, in order for each key. */
  private void effects() {
    Set<Name> effects = new HashSet<>();
    Map<String, Long> lastOfKey = new TreeMap<>();
    for (String effect : observed.results()) {
      String[] result = effect.split(" ");
      Name name = new Name(result[0], Long.parseLong(result[1]));
      assertThat(effects.add(name)).as("a second effect of %s", name).isTrue();
      assertThat(with(Status.APPLIED))
          .as("effect of %s", name)
          .anyMatch(
              reply ->
                  new Name(reply.producer(), reply.sequence()).equals(name)
                      && reply.id().equals(result[3]));
      Long before = lastOfKey.put(result[2], name.sequence());
      assertThat(before == null || before < name.sequence())
          .as("order of key %s: %s after %s", result[2], name, before)
          .isTrue();
    }
    assertThat(effects).as("effects").hasSameSizeAs(with(Status.APPLIED));
  }

  private void deadLetters() {
    Set<Name> dead = new HashSet<>();
    for (DeadMessage letter : observed.letters()) {
      Name name = new Name(letter.message().producer(), letter.message().sequence());
      assertThat(dead.add(name)).as("a second dead letter of %s", name).isTrue();
      assertThat(finals.get(name))
          .as("dead letter of %s", name)
          .isNotNull()
          .matches(reply -> reply.status() == Status.DEAD_LETTERED);
      assertThat(letter.failures()).as("history of %s", name).hasSize(Payments.MAX_ATTEMPTS);
      assertThat(letter.origin().orElseThrow().topic()).isEqualTo(PaymentTopics.MESSAGES);
    }
    assertThat(dead).as("dead letters").hasSameSizeAs(with(Status.DEAD_LETTERED));
  }

  /** What the producers have added was sent, and nothing else; they have heard it once. */
  private void producers() {
    List<String> ids = finals.values().stream().map(MessageReply::id).toList();
    assertThat(ids).as("ids").doesNotHaveDuplicates().containsAll(observed.added());
    List<String> ofShop = new ArrayList<>(ids);
    ofShop.removeIf(id -> !id.startsWith(ShopMain.PRODUCER));
    assertThat(ofShop).as("orders").containsExactlyInAnyOrderElementsOf(observed.orders());
    assertThat(observed.left()).as("left in the outbox").isZero();
    assertThat(observed.outcomes())
        .as("outcomes")
        .containsExactlyInAnyOrderElementsOf(
            finals.values().stream()
                .filter(reply -> reply.producer().equals(ShopMain.PRODUCER))
                .map(reply -> reply.id() + " " + reply.status())
                .toList());
  }
}
