package io.onceflow.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.TestYaml;
import io.onceflow.common.sink.mariadb.MariaDbTable;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names get into statements and URLs where nothing can be bound. So whatever is no plain name is
 * refused wherever one is taken, in one line that does not grow with it.
 */
class HostileNamesTest {

  private static final int RANDOM_NAMES = 20_000;
  private static final SinkId SINK = new SinkId("s");
  private static final String NONCE = "0123456789abcdef0123456789abcdef";

  static Stream<String> hostileNames() {
    return Stream.of(
        "",
        " ",
        "a\"; DROP TABLE ledger.transfers; --",
        "a'; DROP TABLE ledger.transfers; --",
        "a`; DROP TABLE ledger.transfers; --",
        "a\\",
        "a\"\"b",
        "a'b",
        "a`b",
        "a\0b",
        "a\nb",
        "a\r\n2026-01-01 ERROR fake",
        "a\u001b[31mb",
        "a b",
        "a$(id)",
        "${jndi:ldap://x/y}",
        "a/../../etc/passwd",
        "a?socketFactory=x",
        "a&allowLoadLocalInfile=true",
        "a%00b",
        "a;b",
        "a--b--'",
        // Cyrillic and Greek letters that look like Latin ones, a full-width one, a ligature.
        "\u0430ccounts",
        "\u03bfrders",
        "\uff41bc",
        "\ufb01eld",
        // Letters that grow or vanish when their case is changed, and what joins or turns round.
        "\u0130d",
        "s\u00df",
        "a\u200bb",
        "a\u202eb",
        "e\u0301",
        "\ud83d\ude00",
        "\ud83d",
        "x".repeat(1 << 20),
        "\"".repeat(1 << 20));
  }

  /** Every place where somebody's name is taken. */
  private static List<Consumer<String>> doors() {
    return List.of(
        PostgresTable::named,
        name -> PostgresTable.named("public." + name),
        name -> PostgresTable.named(name + ".t"),
        name -> PostgresTable.<String>named("t").text(name, row -> row),
        name -> PostgresTable.<String>named("t").text("a", row -> row).upsertOn(name),
        MariaDbTable::named,
        name -> MariaDbTable.named("shop." + name),
        name -> MariaDbTable.named(name + ".t"),
        name -> MariaDbTable.<String>named("t").text(name, row -> row),
        name -> MariaDbTable.<String>named("t").epoch(name),
        SinkId::new,
        nonce -> new TransactionId(SINK, nonce, 0, 0),
        name -> PostgresConfig.loopback(1, name, "u", Secret.fromEnv("P")),
        name -> MariaDbConfig.loopback(1, name, "u", Secret.fromEnv("P")),
        name -> read(name, reader -> KafkaConfig.topic(reader, "name", "A topic.").required()));
  }

  private static <C> C read(String name, Function<ConfigReader, C> parser) {
    // JSON's quotes are YAML's, so the name arrives as it is.
    var json = new StringBuilder("name: \"");
    name.chars().forEach(c -> json.append("\\u%04x".formatted(c)));
    return TestYaml.read(json.append('"').toString(), parser);
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void whatIsNoPlainNameIsRefusedEverywhereInOneShortLine(String name) {
    for (var door : doors()) {
      assertRefused(() -> door.accept(name), name);
    }
  }

  private static void assertRefused(ThrowingCallable call, String name) {
    var message =
        assertThatThrownBy(call)
            .as(OneLine.of(name))
            .isInstanceOf(RuntimeException.class)
            .actual()
            .getMessage();
    assertThat(message).hasSizeLessThan(1_500);
    for (var line : message.split("\n", -1)) {
      assertThat(OneLine.of(line, 10_000)).isEqualTo(line);
    }
    assertThat(message.lines().count()).isLessThan(4);
  }

  @Test
  void atRandomOnlyPlainNamesPass() {
    var random = new SplittableRandom(20261122);
    var alphabet = "aZ_09-.\"'`\\;$ \0\n\u0430\u00df\u202e";
    for (var i = 0; i < RANDOM_NAMES; i++) {
      var length = random.nextInt(1, 8);
      var name = new StringBuilder();
      for (var j = 0; j < length; j++) {
        name.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(passes(() -> PostgresTable.named(name.toString())))
          .as("seed 20261122, name %d", i)
          .isEqualTo(name.toString().matches("([A-Za-z_][A-Za-z0-9_]*\\.)?[A-Za-z_][A-Za-z0-9_]*"));
      assertThat(passes(() -> MariaDbTable.named(name.toString())))
          .as("seed 20261122, name %d", i)
          .isEqualTo(name.toString().matches("([a-z_][a-z0-9_]*\\.)?[a-z_][a-z0-9_]*"));
    }
  }

  private static boolean passes(Runnable call) {
    try {
      call.run();
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void noTransactionIdHoldsMoreThanLettersDigitsDotsAndDashes(String name) {
    for (var text :
        List.of(
            name,
            "of." + name + "." + NONCE + ".0.1",
            "of.s." + name + ".0.1",
            "of.s." + NONCE + "." + name + ".1",
            "of.s." + NONCE + ".0." + name,
            "of.s." + NONCE + ".0.1" + (name.isEmpty() ? " " : name))) {
      assertThat(TransactionId.parse(text)).isEmpty();
    }
    assertThat(TransactionId.parse("of.s." + NONCE + ".0.1")).isPresent();
  }
}
