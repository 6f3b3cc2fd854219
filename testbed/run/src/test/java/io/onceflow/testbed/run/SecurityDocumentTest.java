package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every test that docs/security.md names exists, and every rule names one. */
class SecurityDocumentTest {

  private static final Path ROOT = Path.of("../..");
  private static final Pattern TEST =
      Pattern.compile("`([A-Z][A-Za-z]*(?:Test|IT))(?:#([a-zA-Z]+))?`");
  private static final Pattern RULE = Pattern.compile("\\| (G[0-9]+) \\|.*");

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    var sources = sources();
    var matcher = TEST.matcher(document());
    var named = 0;
    while (matcher.find()) {
      named++;
      var source = sources.get(matcher.group(1) + ".java");
      assertThat(source).as("test %s", matcher.group(1)).isNotNull();
      if (matcher.group(2) != null) {
        assertThat(Files.readString(source))
            .as("%s of %s", matcher.group(2), source)
            .containsPattern("Test\\b(?s:.*)\n  void " + matcher.group(2) + "\\(");
      }
    }
    assertThat(named).isGreaterThan(50);
  }

  @Test
  void everyRuleOfTheTableHasATest() throws IOException {
    var rules = document().lines().filter(line -> RULE.matcher(line).matches()).toList();
    assertThat(rules).hasSizeGreaterThanOrEqualTo(13);
    assertThat(rules).allSatisfy(rule -> assertThat(TEST.matcher(rule).find()).isTrue());
  }

  private static String document() throws IOException {
    return Files.readString(ROOT.resolve("docs/security.md"));
  }

  /** The sources of all modules' tests. */
  private static Map<String, Path> sources() throws IOException {
    var sources = new HashMap<String, Path>();
    try (var folders = Files.walk(ROOT, 3)) {
      for (var tests : folders.map(it -> it.resolve("src/test/java")).toList()) {
        if (Files.isDirectory(tests)) {
          addSources(tests, sources);
        }
      }
    }
    return sources;
  }

  private static void addSources(Path tests, Map<String, Path> sources) throws IOException {
    try (var files = Files.walk(tests)) {
      files.forEach(file -> sources.put(file.getFileName().toString(), file));
    }
  }
}
