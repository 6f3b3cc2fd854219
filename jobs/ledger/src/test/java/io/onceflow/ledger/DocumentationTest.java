package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/ledger.md} and the code say the same. */
class DocumentationTest {

  private final String page = page();

  @Test
  void thePageNamesEveryResultCode() {
    for (ResultCode code : ResultCode.values()) {
      assertThat(page).contains("`" + code.text() + "`");
    }
  }

  @Test
  void thePageMarksExactlyTheCodesThatBurnTheId() {
    TreeSet<String> marked = new TreeSet<>(all("`([a-z_]+)` \\*"));
    List<String> burning =
        Arrays.stream(ResultCode.values())
            .filter(ResultCode::burnsId)
            .map(ResultCode::text)
            .sorted()
            .toList();
    assertThat(marked).containsExactlyElementsOf(burning);
  }

  @Test
  void theCodesOfATransferStandInTheOrderOfTheirPrecedence() {
    List<String> column = all("(?m)^\\| `([a-z_]+)`[^|\n]*\\| [^|\n]*\\|$");
    List<String> transfers =
        column.subList(column.indexOf("id_too_old"), column.indexOf("exceeds_debits") + 1);
    assertThat(transfers.stream().filter(code -> !code.equals("exists")).map(this::ordinal))
        .isSorted()
        .hasSizeGreaterThan(20);
  }

  @Test
  void thePageNamesEveryFieldAndType() {
    for (Field field : Field.values()) {
      assertThat(page).containsPattern("\\| (`[a-z-]+`, )?`" + field.text() + "`");
    }
    for (CommandType type : CommandType.values()) {
      assertThat(page).contains("{\"type\":\"" + type.text() + "\"");
    }
    assertThat(page).contains("1 to " + Command.MAX_LEGS + " legs");
  }

  @Test
  void thePageNamesEveryCodeThatTheDecoderGives() throws IOException {
    for (String source : List.of("CommandDecoder", "CommandReader", "CommandFields")) {
      String code =
          Files.readString(Path.of("src/main/java/io/onceflow/ledger/" + source + ".java"));
      Matcher matcher = Pattern.compile("DecodeException\\(\\s*\"([a-z0-9_]+)\"").matcher(code);
      assertThat(matcher.find()).isTrue();
      do {
        assertThat(page).contains("`" + matcher.group(1) + "`");
      } while (matcher.find());
    }
  }

  private int ordinal(String text) {
    return ResultCode.valueOf(text.toUpperCase(Locale.ROOT)).ordinal();
  }

  private List<String> all(String pattern) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(page);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static String page() {
    try {
      return Files.readString(Path.of("../../docs/ledger.md"));
    } catch (IOException e) {
      throw new IllegalStateException("docs/ledger.md is not where it belongs.", e);
    }
  }
}
