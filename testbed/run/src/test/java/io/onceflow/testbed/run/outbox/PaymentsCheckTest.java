package io.onceflow.testbed.run.outbox;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.FailedTry;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The check of the kills passes what is right and sees every defect that is planted. */
class PaymentsCheckTest {

  private static final int MESSAGES = 30;

  private final List<Reply> replies = new ArrayList<>();
  private final List<String> results = new ArrayList<>();
  private final List<DeadMessage> letters = new ArrayList<>();
  private final List<String> added = new ArrayList<>();
  private final List<String> orders = new ArrayList<>();
  private final List<String> outcomes = new ArrayList<>();
  private long left;

  PaymentsCheckTest() {
    for (int number = 1; number <= MESSAGES; number++) {
      add("shop", number, "shop-" + number);
      orders.add("shop-" + number);
      outcomes.add("shop-%d %s".formatted(number, Payments.expected(number)));
      add("till", number, "till-%d-x".formatted(number));
      added.add("till-%d-x".formatted(number));
    }
    for (String producer : List.of("shop", "till")) {
      replies.add(new ProgressReply(producer, MESSAGES, List.of(), List.of(), 1));
    }
  }

  private void add(String producer, long number, String id) {
    Status status = Status.valueOf(Payments.expected(number).name());
    replies.add(new MessageReply(producer, number, id, status, "ok", 1, 1, false));
    replies.add(new MessageReply(producer, number, id, status, "ok", 1, 1, true));
    if (status == Status.APPLIED) {
      results.add("%s %d %s%d %s".formatted(producer, number, producer, number % 3, id));
    } else if (status == Status.DEAD_LETTERED) {
      letters.add(letter(producer, number, id, Payments.MAX_ATTEMPTS));
    }
  }

  private static DeadMessage letter(String producer, long number, String id, int attempts) {
    Map<String, String> origin =
        Map.of(
            "onceflow-topic", PaymentTopics.MESSAGES,
            "onceflow-partition", "0",
            "onceflow-offset", "1");
    Message message = new Message(producer, number, id, "k", 5, 1, "", new byte[0], origin);
    List<FailedTry> failures = new ArrayList<>();
    for (int i = 1; i <= attempts; i++) {
      failures.add(new FailedTry(i, 1, 2, true, "bank", "busy", ""));
    }
    return new DeadMessage(message, "attempts_exhausted", 1, 2, failures);
  }

  private void check() {
    PaymentsCheck.check(
        new Observed(
            replies,
            results,
            letters,
            List.of("no_envelope", "malformed_control", "no_envelope"),
            added,
            orders,
            outcomes,
            left));
  }

  private static void assertSeen(String what, Consumer<PaymentsCheckTest> defect) {
    PaymentsCheckTest world = new PaymentsCheckTest();
    defect.accept(world);
    assertThatThrownBy(world::check).isInstanceOf(AssertionError.class).hasMessageContaining(what);
  }

  private void rename(int at, String from, String to) {
    results.set(at, results.get(at).replace(from, to));
  }

  @Test
  void whatIsRightPasses() {
    check();
  }

  @Test
  void whatIsLostOrDoubledIsSeen() {
    assertSeen("a second final one", world -> world.replies.add(world.replies.get(0)));
    assertSeen("numbers of shop", world -> world.replies.remove(0));
    assertSeen(
        "numbers of till", world -> world.replies.removeIf(it -> it.producer().equals("till")));
    assertSeen("a second effect", world -> world.results.add(world.results.get(3)));
    assertSeen("effects", world -> world.results.remove(3));
    assertSeen("a second dead letter", world -> world.letters.add(world.letters.get(0)));
    assertSeen("dead letters", world -> world.letters.remove(0));
    assertSeen("outcomes", world -> world.outcomes.add(world.outcomes.get(0)));
    assertSeen("outcomes", world -> world.outcomes.remove(0));
    assertSeen("orders", world -> world.orders.add("shop-31"));
    assertSeen("orders", world -> world.orders.remove(0));
    assertSeen("ids", world -> world.added.add("till-31-x"));
    assertSeen("left in the outbox", world -> world.left = 1);
  }

  @Test
  void whatBecameOfAMessageIsCompared() {
    assertSeen(
        "status of",
        world ->
            world.replies.set(
                0, new MessageReply("shop", 1, "shop-1", Status.REJECTED, "x", 1, 1, false)));
    assertSeen("effect of", world -> world.results.add("shop 11 shop2 shop-11"));
    assertSeen("effect of", world -> world.rename(0, "shop-1", "shop-2"));
    assertSeen("order of key", world -> world.results.add(0, world.results.remove(6)));
    assertSeen("dead letter of", world -> world.letters.add(letter("shop", 1, "shop-1", 4)));
    assertSeen("history of", world -> world.letters.set(0, letter("shop", 13, "shop-13", 3)));
    assertSeen(
        "reports to", world -> world.replies.removeIf(reply -> reply instanceof ProgressReply));
    assertSeen("outcomes", world -> world.outcomes.set(0, "shop-1 SETTLED"));
  }
}
