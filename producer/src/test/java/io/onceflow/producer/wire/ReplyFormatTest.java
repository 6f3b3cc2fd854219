package io.onceflow.producer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.wire.MessageReply.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyFormatTest {

  private static final MessageReply MESSAGE =
      new MessageReply("shop", 7, "o-7", Status.APPLIED, "ok", 1, 1_790_000_000_000L, false);

  private static final ProgressReply PROGRESS =
      new ProgressReply(
          "shop",
          5,
          List.of(new SequenceRange(7, 9), new SequenceRange(11, 11)),
          List.of(new SequenceRange(6, 6)),
          1_790_000_000_200L);

  private static String json(Reply reply) {
    return new String(ReplyFormat.bytes(reply), StandardCharsets.UTF_8);
  }

  private static Reply read(String json) throws MalformedException {
    return ReplyFormat.read(json.getBytes(StandardCharsets.UTF_8));
  }

  /** The document shows these lines; other languages read them. */
  @Test
  void theJsonIsTheOneOfTheDocument() throws Exception {
    String document = Files.readString(Path.of("../docs/producer.md"));
    assertThat(document.lines()).contains(json(MESSAGE), json(PROGRESS));
    assertThat(json(MESSAGE))
        .isEqualTo(
            """
            {"type":"message","producer":"shop","sequence":7,"id":"o-7","status":"APPLIED","code":"ok","attempts":1,"atMs":1790000000000,"repeated":false}""");
    assertThat(json(PROGRESS))
        .isEqualTo(
            """
            {"type":"progress","producer":"shop","upTo":5,"selective":[[7,9],[11,11]],"missing":[[6,6]],"atMs":1790000000200}""");
  }

  @Test
  void bothKindsComeBackWhole() throws Exception {
    assertThat(ReplyFormat.read(ReplyFormat.bytes(MESSAGE))).isEqualTo(MESSAGE);
    assertThat(ReplyFormat.read(ReplyFormat.bytes(PROGRESS))).isEqualTo(PROGRESS);
    assertThat(ReplyFormat.record("replies", MESSAGE).key()).isEqualTo("shop".getBytes());
  }

  @Test
  void aFieldOfANewerReleaseIsIgnored() throws Exception {
    assertThat(read(json(PROGRESS).replace("\"upTo\"", "\"new\":{\"a\":[1.5,null]},\"upTo\"")))
        .isEqualTo(PROGRESS);
  }

  @Test
  void whatIsNoReplySaysSo() {
    for (String bad :
        List.of(
            "",
            "{}",
            "[]",
            "{\"type\":\"other\"}",
            json(MESSAGE) + "x",
            json(MESSAGE).replace("APPLIED", "APPLAUDED"),
            json(MESSAGE).replace("7", "\"7\""),
            json(PROGRESS).replace("[7,9]", "[9,7]"),
            json(PROGRESS).replace("[7,9]", "[12,13]"),
            json(PROGRESS).replace("[7,9]", "[7]"))) {
      assertThatThrownBy(() -> read(bad)).as(bad).isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> ReplyFormat.read(null)).isInstanceOf(MalformedException.class);
  }

  @Test
  void noBytesThrowAnythingElse() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] json = ReplyFormat.bytes(random.nextBoolean() ? MESSAGE : PROGRESS);
      json[random.nextInt(json.length)] = (byte) random.nextInt(256);
      try {
        assertThat(ReplyFormat.read(json)).isNotNull();
      } catch (MalformedException e) {
        assertThat(e.code()).isIn("malformed_json", "unknown_reply");
      }
    }
  }

  @Test
  void aNumberIsLookedUpInTheRanges() {
    assertThat(PROGRESS.isFinal(5)).isTrue();
    assertThat(PROGRESS.isFinal(6)).isFalse();
    assertThat(PROGRESS.isFinal(8)).isTrue();
    assertThat(PROGRESS.isFinal(10)).isFalse();
    assertThat(PROGRESS.isFinal(11)).isTrue();
    assertThat(PROGRESS.isFinal(12)).isFalse();
    assertThat(PROGRESS.isMissing(6)).isTrue();
    assertThat(PROGRESS.isMissing(7)).isFalse();
  }
}
