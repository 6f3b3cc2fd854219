package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import io.onceflow.producer.wire.WireHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** What becomes of one letter, without Kafka. */
class LetterTest {

  private static final LetterId ID = new LetterId(1, 17);
  private static final AuditEntry.Place PLACE = new AuditEntry.Place("dead", "topic-id", 1, 17);

  private static Letter letter(Map<String, String> headers) {
    var message = new Message("shop", 7, "o-7", "k", 5, 99, "replies", new byte[] {1, 2}, headers);
    return new Letter(ID, new DeadMessage(message, "attempts_exhausted", 1_000, 60_000, List.of()));
  }

  private static AuditEntry entry(LetterId letter, String topicId, AuditEntry.Target redriven) {
    return new AuditEntry(
        redriven == null ? AuditEntry.DISCARDED : AuditEntry.REDRIVEN,
        new AuditEntry.Place("dead", topicId, letter.partition(), letter.offset()),
        "o-7",
        "shop",
        7,
        "attempts_exhausted",
        "ann",
        "run",
        12,
        "bank is back",
        redriven);
  }

  private static AuditEntry.Target number(long sequence) {
    return new AuditEntry.Target("orders", "redrive/dead", sequence, 2);
  }

  @Test
  void aRedrivenMessageIsTheSameUnderANewProducerAndNumber() throws Exception {
    var headers =
        Map.of(
            "trace",
            "t",
            WireHeaders.TOPIC,
            "orders",
            WireHeaders.PARTITION,
            "0",
            WireHeaders.OFFSET,
            "3",
            WireHeaders.REDRIVE_OF,
            "older/0/1");
    var record = LetterSession.message(letter(headers), PLACE, number(4));
    assertThat(record.topic()).isEqualTo("orders");
    assertThat(record.timestamp()).as("old ones may be deleted at once").isNull();
    assertThat(MessageFormat.read(record.key(), record.value(), record.headers(), 1))
        .isEqualTo(
            new Message(
                "redrive/dead",
                4,
                "o-7",
                "k",
                2,
                99,
                "replies",
                new byte[] {1, 2},
                Map.of("trace", "t", WireHeaders.REDRIVE_OF, "dead/1/17")));
    assertThat(record.headers().toArray())
        .noneMatch(header -> WireHeaders.isOfDeadLetter(header.key()));
  }

  @Test
  void aMessageWithoutRoomForAnotherHeaderIsRefused() {
    var headers = new HashMap<String, String>();
    for (var i = 0; i < Message.MAX_HEADERS; i++) {
      headers.put("h" + i, "");
    }
    assertThatThrownBy(() -> LetterSession.message(letter(headers), PLACE, number(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64 headers");
  }

  @Test
  void anAuditRecordComesBackAndMayHaveMoreFieldsLater() throws Exception {
    var entry = entry(ID, "a", number(3));
    assertThat(AuditEntry.read(entry.toJson())).isEqualTo(entry);
    var discarded = entry(ID, "a", null);
    var json = new String(discarded.toJson(), StandardCharsets.UTF_8);
    assertThat(json).doesNotContain("redriven").contains("\"because\":\"bank is back\"");
    var later = json.replaceFirst("\\{", "{\"new\":1,").getBytes(StandardCharsets.UTF_8);
    assertThat(AuditEntry.read(later)).isEqualTo(discarded);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "null", "[1]", "{\"action\":\"redriven\"}"})
  void whatIsNoAuditRecordIsRefused(String json) {
    assertThatThrownBy(() -> AuditEntry.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> AuditEntry.read(null)).isInstanceOf(IOException.class);
  }

  @Test
  void numbersGoOnFromTheAuditAndAGapIsSeen() {
    var audit = new LetterAudit("a", "redrive/dead");
    assertThat(audit.lastSequence()).isZero();
    assertThat(audit.isComplete()).isTrue();
    audit.accept(entry(new LetterId(0, 2), "a", number(2)));
    assertThat(audit.isComplete()).isFalse();
    audit.accept(entry(new LetterId(0, 1), "a", number(1)));
    audit.accept(entry(new LetterId(0, 3), "a", null));
    assertThat(audit.isComplete()).isTrue();
    assertThat(audit.lastSequence()).isEqualTo(2);
    assertThat(audit.of(new LetterId(0, 3)).action()).isEqualTo(AuditEntry.DISCARDED);
    assertThat(audit.of(new LetterId(0, 4))).isNull();
  }

  @Test
  void anEntryOfAnOlderTopicSettlesNothingButItsNumberIsTaken() {
    var audit = new LetterAudit("new", "redrive/dead");
    audit.accept(entry(ID, "old", number(1)));
    assertThat(audit.of(ID)).isNull();
    assertThat(audit.lastSequence()).isEqualTo(1);
  }

  @Test
  void lettersAreNamedByPartitionAndOffset() {
    var converter = new LetterId.Converter();
    assertThat(converter.convert("1:17")).isEqualTo(ID).hasToString("1:17");
    for (var wrong : List.of("17", "1:", "-1:2", "a:b", "1:2:3", "99999999999:1")) {
      assertThatThrownBy(() -> converter.convert(wrong))
          .isInstanceOf(TypeConversionException.class)
          .hasMessageContaining("PARTITION:OFFSET");
    }
  }

  private static boolean matches(String... arguments) {
    var filter = new LetterFilter();
    new CommandLine(
            CommandLine.Model.CommandSpec.create()
                .addMixin("f", CommandLine.Model.CommandSpec.forAnnotatedObject(filter)))
        .parseArgs(arguments);
    return filter.matches(letter(Map.of()));
  }

  @Test
  void allThatIsAskedForMustFit() {
    assertThat(matches()).isTrue();
    assertThat(matches("--reason", "other", "--reason", "attempts_exhausted")).isTrue();
    assertThat(matches("--reason", "other")).isFalse();
    assertThat(matches("--producer", "shop", "--key", "k")).isTrue();
    assertThat(matches("--producer", "shop", "--key", "other")).isFalse();
    assertThat(matches("--producer", "other")).isFalse();
    assertThat(matches("--since", "1970-01-01T00:01:00Z")).isTrue();
    assertThat(matches("--since", "1970-01-01T00:01:01Z")).isFalse();
    assertThat(matches("--until", "1970-01-01T00:01:00Z")).isFalse();
    assertThat(matches("--until", "1970-01-01T00:01:01Z")).isTrue();
  }
}
