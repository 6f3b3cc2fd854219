package io.onceflow.testbed.run.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveViewTest {

  @Test
  void percentilesAreThoseOfTheSortedLatencies() {
    Histogram histogram = new Histogram();
    assertThat(histogram.percentileMs(0.99)).isZero();
    for (int ms = 1; ms <= 1000; ms++) {
      histogram.add(ms, 1);
    }
    assertThat(histogram.percentileMs(0.5)).isEqualTo(500);
    assertThat(histogram.percentileMs(0.99)).isEqualTo(990);
    histogram.add(Long.MAX_VALUE, 100_000);
    assertThat(histogram.percentileMs(0.99)).isEqualTo(600_000);
  }

  @Test
  void aBlockReplacesTheLastOneOnATerminal() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Screen screen = new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8), true);
    screen.block(List.of("one", "two"));
    screen.block(List.of("three"));
    screen.line("stays");
    screen.line("too");
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("one\ntwo\n\033[2F\033[Jthree\n\033[1F\033[Jstays\ntoo\n");
  }

  @Test
  void aBrokenInvariantIsNamed() {
    LiveText.Moment moment = moment(List.of("debits = credits: (eu,978)"), 0);
    assertThat(moment.ok()).isFalse();
    assertThat(LiveText.line(moment))
        .startsWith("00:01:01 ")
        .endsWith("invariants=BROKEN: debits = credits: (eu,978)");
    assertThat(String.join("\n", LiveText.block(moment)))
        .contains("BROKEN: debits = credits: (eu,978)");
  }

  @Test
  void invariantsArePendingUntilAllRowsWereReadOnce() {
    assertThat(LiveText.line(moment(List.of(), 0))).endsWith(" invariants=pending");
    assertThat(LiveText.line(moment(List.of(), 1))).endsWith(" invariants=ok");
  }

  @Test
  void theMostFrequentRefusalsAreShownInBothForms() {
    LiveText.Moment moment = moment(List.of(), 1);
    assertThat(LiveText.line(moment))
        .contains(
            " refused=1010,exceeds_credits:1000,exceeds_debits:5,id_already_failed:3 commit-p50");
    assertThat(String.join("\n", LiveText.block(moment)))
        .contains(
            "1,010: exceeds_credits 1,000, exceeds_debits 5, id_already_failed 3",
            "9 with a committed result",
            "epoch 3, checkpoint 4");
  }

  private static LiveText.Moment moment(List<String> broken, long rounds) {
    Map<String, Long> codes =
        Map.of(
            "created",
            8L,
            "exceeds_credits",
            1000L,
            "exceeds_debits",
            5L,
            "id_already_failed",
            3L,
            "id_too_old",
            2L);
    return new LiveText.Moment(
        Duration.ofSeconds(61),
        10,
        5,
        1,
        "RUNNING",
        new Look(100, 9, 8, codes, 3, 4, new Look.Latency(1, 2), new Look.Latency(3, 4), broken),
        new InvariantWatch.Round(rounds, List.of()));
  }
}
