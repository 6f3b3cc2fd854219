package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

  @Test
  void theLastValueOfAKeyWins() {
    Arguments arguments =
        Arguments.parse("--config=a.yaml", "--set", "k=1", "--set", "k=2=3", "--help");
    assertThat(arguments.config()).contains(Path.of("a.yaml"));
    assertThat(arguments.sets()).containsExactly(Map.entry("k", "2=3"));
    assertThat(arguments.help()).isTrue();
  }

  @Test
  void allMistakesAreReportedAndNoValueIsRepeated() {
    assertThatThrownBy(
            () ->
                Arguments.parse(
                    "--password=hunter2",
                    "hunter2",
                    "--set",
                    "hunter2",
                    "--config",
                    "a",
                    "--config",
                    "b",
                    "--set"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("5 mistakes in the command line")
        .hasMessageContaining("--password: is not understood")
        .hasMessageContaining("argument 2: is not understood")
        .hasMessageContaining("--config: is given twice")
        .hasMessageContaining("--set: needs a value")
        .hasMessageNotContaining("hunter2");
  }
}
