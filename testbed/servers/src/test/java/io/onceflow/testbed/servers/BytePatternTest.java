package io.onceflow.testbed.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BytePatternTest {
  @ParameterizedTest
  @CsvSource({
    "COMMIT, xxCOMMITxx, true",
    "COMMIT, xxCOMMIxx, false",
    "aab, aaab, true",
    "abab, abacabab, true",
    "abac, ababac, true",
    "aa, a, false"
  })
  void aPatternIsFoundHoweverTheStreamIsCut(String pattern, String stream, boolean there) {
    for (int first = 0; first <= stream.length(); first++) {
      BytePattern.Search search = new BytePattern(pattern.getBytes(US_ASCII)).search();
      boolean found = foundIn(search, stream.substring(0, first));
      found |= foundIn(search, stream.substring(first));
      assertThat(found).as("cut after %d bytes", first).isEqualTo(there);
    }
  }

  @Test
  void anEmptyPatternIsFoundInTheFirstByte() {
    BytePattern.Search search = new BytePattern(new byte[0]).search();
    assertThat(foundIn(search, "")).isFalse();
    assertThat(foundIn(search, "x")).isTrue();
  }

  private static boolean foundIn(BytePattern.Search search, String piece) {
    return search.foundIn(piece.getBytes(US_ASCII), piece.length());
  }
}
