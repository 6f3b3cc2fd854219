package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlFileTest {

  @TempDir Path dir;

  private static AbstractThrowableAssert<?, ? extends Throwable> refused(String yaml) {
    return assertThatThrownBy(() -> YamlFile.parse("job.yaml", yaml))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void anEmptyFileHasNoKeys() {
    assertThat(YamlFile.parse("job.yaml", "# nothing\n")).isEmpty();
  }

  @Test
  void everyValueKnowsItsLine() {
    assertThat(YamlFile.parse("job.yaml", "a:\n  b: 1\n  c: [x, y]\n"))
        .containsEntry("a.b", RawValue.of("1", "job.yaml:2"))
        .hasEntrySatisfying("a.c", value -> assertThat(value.items()).containsExactly("x", "y"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: !!javax.script.ScriptEngineManager [x]",
        "a: !custom x",
        "a: [!!java.net.URL x]",
        "!!javax.script.ScriptEngineManager {a: b}"
      })
  void tagsAreRefused(String yaml) {
    refused(yaml);
  }

  @Test
  void aliasesThatMultiplyAreRefused() {
    refused("a: &a {x: 1}\nb: &b {p: *a, q: *a}\nc: {p: *b, q: *b}")
        .hasMessageContaining("not valid YAML");
  }

  @Test
  void aBillionLaughsAreNotHeard() {
    StringBuilder yaml = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 12; i++) {
      yaml.append("a%d: &a%d [".formatted(i, i)).append(("*a" + (i - 1) + ", ").repeat(9));
      yaml.append("*a%d]\n".formatted(i - 1));
    }
    assertTimeoutPreemptively(Duration.ofSeconds(5), () -> refused(yaml.toString()));
  }

  @Test
  void aLongTextThatIsRepeatedByAliasesIsRefusedOrStaysSmall() {
    refused("a: &a " + "x".repeat(1000) + "\nb: [" + "*a, ".repeat(100) + "{c: d}]");
    refused("a: &a {a: 1}\nb:\n  <<: *a\n");
  }

  @Test
  void duplicateKeysAreRefusedWithBothLines() {
    refused("a: {b: 1}\na.b: 2")
        .hasMessageContaining("a.b (job.yaml:2): is set twice, first at job.yaml:1");
    refused("a: 1\na: 2").hasMessageContaining("is set twice");
  }

  @Test
  void aKeyWithoutAValueIsRefused() {
    refused("source:\n").hasMessageContaining("source (job.yaml:1): has no value");
  }

  @Test
  void aSyntaxErrorNamesTheLineAndShowsNothingOfIt() {
    refused("a: 1\npassword: 'hunter2\nb: [")
        .hasMessageContaining("job.yaml:")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void deepNestingIsRefused() {
    refused("a: " + "[".repeat(200_000)).hasMessageContaining("job.yaml");
  }

  @Test
  void aTextOrAListAtTheTopIsRefused() {
    refused("just text");
    refused("- a\n- b");
  }

  @Test
  void aFileLargerThanAMebibyteIsRefused() throws Exception {
    Path file = Files.writeString(dir.resolve("big.yaml"), "a: " + "x".repeat(YamlFile.MAX_BYTES));
    assertThatThrownBy(() -> YamlFile.read(file)).hasMessageContaining("larger than 1 MiB");
  }

  @Test
  void aFileThatIsNotUtf8IsRefused() throws Exception {
    Path file = Files.write(dir.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xe4});
    assertThatThrownBy(() -> YamlFile.read(file)).hasMessageContaining("not UTF-8");
  }

  @Test
  void aFileThatIsMissingIsAMistakeOfTheUser() {
    assertThatThrownBy(() -> YamlFile.read(dir.resolve("none.yaml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.yaml: cannot be read");
  }
}
