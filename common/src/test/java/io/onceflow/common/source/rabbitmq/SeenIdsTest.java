package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SeenIdsTest {

  private static MessageHash id(int number) {
    return MessageHash.ofId("message " + number);
  }

  private static void addAll(SeenIds ids, int from, int until) {
    for (int i = from; i < until; i++) {
      ids.add(id(i));
    }
  }

  @Test
  void aRepetitionWithinTheWindowIsKnownAndOneBehindItIsNot() {
    var ids = new SeenIds(10, 2);
    assertThat(ids.add(id(0))).isTrue();
    addAll(ids, 1, 10);
    assertThat(ids.add(id(0))).as("9 others in between").isFalse();
    addAll(ids, 10, 20);
    assertThat(ids.add(id(0))).as("10 others in between").isTrue();
    assertThat(ids.size()).isEqualTo(10);
  }

  @Test
  void whatMayComeBackIsKnownHoweverLateItComes() {
    var ids = new SeenIds(10, 3);
    addAll(ids, 0, 5);
    ids.connectionLost();
    addAll(ids, 100, 200);
    assertThat(ids.add(id(1))).as("acknowledged before, or not within the prefetch").isTrue();
    for (int back = 2; back < 5; back++) {
      assertThat(ids.add(id(back))).as("unacknowledged").isFalse();
    }
    assertThat(ids.forgotten()).isZero();
  }

  @Test
  void aRestoredSnapshotKnowsTheSame() {
    var ids = new SeenIds(10, 3);
    addAll(ids, 0, 5);
    var restored = new SeenIds(10, 3);
    restored.restore(ids.snapshot());
    addAll(restored, 100, 200);
    assertThat(restored.add(id(4))).isFalse();
    assertThat(restored.add(id(1))).isTrue();
  }

  @Test
  void connectionsThatDeliverNothingPushNothingOut() {
    var ids = new SeenIds(3, 3);
    addAll(ids, 0, 3);
    for (int i = 0; i < 10; i++) {
      ids.connectionLost();
    }
    assertThat(ids.add(id(0))).isFalse();
    ids.connectionLost();
    for (int back = 0; back < 3; back++) {
      assertThat(ids.add(id(back))).isFalse();
    }
  }

  @Test
  void tooManyExpectedIdsAreForgottenAndCounted() {
    var ids = new SeenIds(4, 2);
    for (int connection = 0; connection < 3; connection++) {
      addAll(ids, connection * 2, connection * 2 + 2);
      ids.connectionLost();
    }
    assertThat(ids.forgotten()).isEqualTo(2);
    assertThat(ids.size()).isEqualTo(4);
    assertThat(ids.add(id(5))).isFalse();
    assertThat(ids.add(id(0))).isTrue();
  }

  @Test
  void aSmallerWindowKeepsTheNewestOfASnapshot() {
    var ids = new SeenIds(10, 2);
    addAll(ids, 0, 10);
    var smaller = new SeenIds(3, 1);
    smaller.restore(ids.snapshot());
    assertThat(smaller.size()).isLessThanOrEqualTo(6);
    assertThat(smaller.add(id(9))).isFalse();
    assertThat(smaller.add(id(1))).isTrue();
  }

  @Test
  void aWindowBelowThePrefetchIsRefused() {
    assertThatThrownBy(() -> new SeenIds(9, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A window of 9 ids does not hold a prefetch of 10.");
  }

  @Test
  void aHashOfTheContentIgnoresWhatTheServerCounts() {
    var message = Messages.message("q", "id", "body", Map.of("a", "1"));
    var again = Messages.message("q", "id", "body", Map.of("a", "1", "x-delivery-count", "3"));
    var other = Messages.message("q", "id", "body", Map.of("a", "2"));
    assertThat(MessageHash.ofContent(again)).isEqualTo(MessageHash.ofContent(message));
    assertThat(MessageHash.ofContent(other)).isNotEqualTo(MessageHash.ofContent(message));
    assertThat(MessageHash.ofId("id")).isNotEqualTo(MessageHash.ofContent(message));
  }
}
