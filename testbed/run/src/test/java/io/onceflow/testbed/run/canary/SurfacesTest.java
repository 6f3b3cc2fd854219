package io.onceflow.testbed.run.canary;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SurfacesTest {

  private static final String WORD = "S3CR3T-0b0e7a52";

  @Test
  void aWordIsFoundInEveryFormItMayHave() {
    for (var before = 0; before < 6; before++) {
      var text = "x".repeat(before) + WORD + "yy";
      assertFound(text.getBytes(StandardCharsets.UTF_8));
      assertFound(text.getBytes(StandardCharsets.UTF_16BE));
      assertFound(text.getBytes(StandardCharsets.UTF_16LE));
      assertFound(Base64.getEncoder().encode(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static void assertFound(byte[] bytes) {
    var surfaces = new Surfaces();
    surfaces.add("clean", "S3CR3T-0b0e7a5, nearly");
    surfaces.add("dirty", bytes);
    assertThat(surfaces.holding(WORD)).containsExactly("dirty");
  }
}
