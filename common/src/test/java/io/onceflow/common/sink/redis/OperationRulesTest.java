package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.sink.redis.RedisOperation.Command;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperationRulesTest {

  private static final OperationRules RULES = new OperationRules("{shop}:");

  private static RowRejectedException rejection(RedisOperation operation) {
    return catchThrowableOfType(RowRejectedException.class, () -> RULES.check(operation));
  }

  private static RedisOperation operation(Command command, String... arguments) {
    return RedisOperation.texts(command, "{shop}:k", arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {"k", "{other}:k", "{shop}", "{shop", "", "x{shop}:k", "{{shop}:k"})
  void aKeyWithoutThePrefixIsRejected(String key) {
    var rejection = rejection(RedisOperation.set(key, "v"));
    assertThat(rejection.code()).isEqualTo("key-prefix");
    assertThat(rejection.target()).isEqualTo("{shop}:*");
    assertThat(rejection).hasMessageContaining("share its hash tag");
  }

  @Test
  void theSinksOwnKeysAreRejected() {
    var record = RedisOperation.del("{shop}:onceflow:sink:a");
    assertThat(rejection(record).code()).isEqualTo("reserved-key");
    assertThatCode(() -> RULES.check(RedisOperation.del("{shop}:onceflowers")))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "SET,0",
    "SET,2",
    "DEL,1",
    "INCRBY,0",
    "INCRBY,2",
    "HSET,0",
    "HSET,1",
    "HSET,3",
    "HDEL,0",
    "SADD,0",
    "SREM,0",
    "ZADD,0",
    "ZADD,1",
    "ZREM,0",
    "XADD,0",
    "XADD,3",
    "LETTER,2"
  })
  void anOperationWithTheWrongNumberOfArgumentsIsRejected(Command command, int arguments) {
    var some = Collections.nCopies(arguments, "1").toArray(String[]::new);
    assertThat(rejection(operation(command, some)).code()).isEqualTo("arguments");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " 1", "+1", "01", "-0", "1.0", "1e3", "9223372036854775808", "x", "\u0661"})
  void anAmountThatRedisTakesForNoIntegerIsRejected(String amount) {
    assertThat(rejection(operation(Command.INCRBY, amount)).code()).isEqualTo("not-an-integer");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void everyLongIsAnAmount(long amount) {
    assertThatCode(() -> RULES.check(RedisOperation.incrBy("{shop}:k", amount)))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "", "inf", "1e999", "0x10", "1,5", "."})
  void aScoreThatIsNoNumberIsRejected(String score) {
    assertThat(rejection(operation(Command.ZADD, "1", "a", score, "b")).code())
        .isEqualTo("not-a-number");
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        -0.0,
        1.5e-300,
        -7,
        Double.MAX_VALUE,
        Double.MIN_VALUE,
        Double.POSITIVE_INFINITY
      })
  void everyNumberIsAScore(double score) {
    assertThatCode(() -> RULES.check(RedisOperation.zadd("{shop}:k", score, "m")))
        .doesNotThrowAnyException();
  }

  @Test
  void whatIsTooLargeForAScriptIsRejected() {
    var members = Stream.generate(() -> "m").limit(1_001).toArray(String[]::new);
    assertThat(rejection(operation(Command.SADD, members)).code()).isEqualTo("too-many-arguments");
    var large = new byte[(int) OperationRules.MAX_BYTES];
    var set = RedisOperation.of(Command.SET, "{shop}:k".getBytes(UTF_8), List.of(large));
    assertThat(rejection(set).code()).isEqualTo("too-large");
  }

  @Test
  void noRejectionQuotesTheRow() {
    for (var operation :
        Arrays.asList(
            RedisOperation.set("secret-key", "secret"),
            operation(Command.INCRBY, "secret"),
            operation(Command.ZADD, "secret", "secret"),
            RedisOperation.hset("secret", Map.of("secret", "secret")))) {
      assertThat(rejection(operation)).hasMessageNotContaining("secret");
    }
  }
}
