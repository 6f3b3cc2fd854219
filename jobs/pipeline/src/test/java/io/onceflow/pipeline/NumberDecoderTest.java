package io.onceflow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberDecoderTest {

  private static final byte[] KEY = {1, 2};

  private final NumberDecoder decoder = new NumberDecoder();

  private static RawRecord record(byte[] value) {
    return new RawRecord("test-topic", 0, 7, 1_000, KEY, value);
  }

  private NumberRecord decode(String value) throws DecodeException {
    return decoder.decode(record(value.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 42, TimesTwo.SMALLEST, TimesTwo.LARGEST})
  void aNumberIsReadWithItsKeyAndTime(long number) throws Exception {
    var read = decode(Long.toString(number));
    assertThat(read.number()).isEqualTo(number);
    assertThat(read.key()).isSameAs(KEY);
    assertThat(read.timestampMs()).isEqualTo(1_000);
    assertThat(new TimesTwo().eval(number)).isEqualTo(2 * number);
  }

  @ParameterizedTest
  @CsvSource({
    "abc, not_a_number",
    "' 1', not_a_number",
    "+1, not_a_number",
    "1.0, not_a_number",
    "1e3, not_a_number",
    "-, not_a_number",
    "--1, not_a_number",
    "٣, not_a_number",
    "000000000000000000001, not_a_number",
    "4611686018427387904, out_of_range",
    "-4611686018427387905, out_of_range",
    "99999999999999999999, out_of_range",
    "'', empty"
  })
  void everythingElseHasACode(String value, String code) {
    var refused = catchThrowableOfType(DecodeException.class, () -> decode(value));
    assertThat(refused.code()).isEqualTo(code);
  }

  @Test
  void noValueIsEmpty() {
    var refused = catchThrowableOfType(DecodeException.class, () -> decoder.decode(record(null)));
    assertThat(refused.code()).isEqualTo("empty");
  }

  @Test
  void noBytesThrowAnythingElse() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(24)];
      random.nextBytes(bytes);
      try {
        decoder.decode(record(bytes));
      } catch (DecodeException e) {
        assertThat(e.code()).isNotEmpty();
      }
    }
  }
}
