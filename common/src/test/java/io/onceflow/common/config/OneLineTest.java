package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {

  @Test
  void lineBreaksAndEscapesCannotForgeALogLine() {
    assertThat(OneLine.of("a\r\n2026-01-01 ERROR fake \u001b[31m\u2028\u202e\tb"))
        .isEqualTo("a\\r\\n2026-01-01 ERROR fake \\u001b[31m\\u2028\\u202e\\tb");
  }

  @Test
  void theLengthIsCappedAfterEscaping() {
    assertThat(OneLine.of("x".repeat(256))).hasSize(256).doesNotContain("...");
    assertThat(OneLine.of("x".repeat(257))).hasSize(256).endsWith("...");
    assertThat(OneLine.of("\n".repeat(200))).hasSizeLessThanOrEqualTo(256).endsWith("...");
  }

  @Test
  void plainTextStaysAsItIs() {
    assertThat(OneLine.of("Grüße, 世界")).isEqualTo("Grüße, 世界");
    assertThat(OneLine.of(null)).isEqualTo("null");
  }
}
