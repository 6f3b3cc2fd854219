package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents tell people to type exists. */
class MakeTargetsTest {

  private static final Path ROOT = Path.of("../..");
  private static final Pattern COMMAND = Pattern.compile("(?m)(?:^ *|`)make ([a-z][a-z-]*)");
  private static final Pattern TARGET = Pattern.compile("(?m)^([a-z-]+):");

  @Test
  void everyMakeCommandOfTheDocumentsIsATarget() throws IOException {
    var targets = found(TARGET, ROOT.resolve("Makefile"));
    var commands = new TreeSet<String>();
    try (var documents = Files.walk(ROOT.resolve("docs"))) {
      for (var document :
          Stream.concat(documents, Stream.of(ROOT.resolve("README.md")))
              .filter(path -> path.toString().endsWith(".md"))
              .toList()) {
        commands.addAll(found(COMMAND, document));
      }
    }
    assertThat(commands).contains("run", "test", "tool", "verify-model");
    assertThat(targets).containsAll(commands);
  }

  private static TreeSet<String> found(Pattern pattern, Path file) throws IOException {
    return pattern
        .matcher(Files.readString(file))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
