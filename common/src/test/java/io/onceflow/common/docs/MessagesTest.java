package io.onceflow.common.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/operate.md} says of every message of the sinks, and of RabbitMQ's sources, where it
 * comes from and what to do.
 */
class MessagesTest {

  private static final Path PAGE = Path.of("../docs/operate.md");
  private static final Path SOURCES = Path.of("src/main/java/io/onceflow/common");
  private static final Pattern ENTRY = Pattern.compile("`([^`]+)`");
  private static final int SHORTEST_PREFIX = 24;

  /**
   * What only the tool runs (docs/tool.md), and descriptions of options (docs/configuration.md).
   */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "AuditTable",
          "CommitConfig",
          "DeadLetterTable",
          "InspectionTables",
          "KafkaInspector",
          "KafkaSinkConfig",
          "MariaDbInspector",
          "OldRows",
          "PostgresInspector",
          "PostgresResolverRegister",
          "PreparedList",
          "Recount",
          "ServerFacts",
          "TableSums");

  @Test
  void everyMessageOfTheSinksHasAnEntry() throws IOException {
    var entries = entries();
    assertThat(SourceMessages.of(sources()))
        .hasSizeGreaterThan(100)
        .as("the message needs a row in docs/operate.md, 'Messages'; its beginning is enough")
        .allMatch(message -> entries.stream().anyMatch(entry -> isOf(entry, message)));
  }

  @Test
  void everyEntryIsAMessage() throws IOException {
    var messages = SourceMessages.of(sources());
    assertThat(entries())
        .hasSizeGreaterThan(100)
        .as("no sink prints this any more: correct the row in docs/operate.md, or take it out")
        .allMatch(entry -> messages.stream().anyMatch(message -> isOf(entry, message)));
  }

  @Test
  void aMessageIsFoundWhateverWayItTakes() throws IOException {
    var source =
        Files.writeString(
            Files.createTempFile("Example", ".java"),
            """
            class Example {
              static final String A = "A constant that is thrown later: %s";
              void b(int i) { throw new IllegalStateException("Number " + i + " is not what it should be."); }
              String c() { return ("The value %d of " + "two halves is wrong.").formatted(1); }
              void d() { LOG.warn("Something was {} and not found.", 1); LOG.debug("Nobody has to read this here."); }
              String e() { return "SELECT a FROM b WHERE c = 'd e f.'"; }
            }
            """);
    assertThat(SourceMessages.of(List.of(source)))
        .containsExactly(
            "A constant that is thrown later: …",
            "Number … is not what it should be.",
            "Something was … and not found.",
            "The value … of two halves is wrong.");
    Files.delete(source);
  }

  /** An entry may end early where the message goes on. */
  private static boolean isOf(String entry, String message) {
    return message.equals(entry) || entry.length() >= SHORTEST_PREFIX && message.startsWith(entry);
  }

  private static Set<String> entries() throws IOException {
    var page = Files.readString(PAGE);
    var entries = new TreeSet<String>();
    for (var row : page.substring(page.indexOf("\n## Messages")).lines().toList()) {
      if (row.startsWith("| `")) {
        var cell = row.substring(0, row.indexOf(" |"));
        ENTRY.matcher(cell).results().forEach(match -> entries.add(match.group(1)));
      }
    }
    return entries;
  }

  private static List<Path> sources() throws IOException {
    var sources = new ArrayList<Path>();
    for (var folder : List.of("commit", "lock", "sink", "source/rabbitmq")) {
      try (var files = Files.walk(SOURCES.resolve(folder))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !ELSEWHERE.contains(name(file)))
            .forEach(sources::add);
      }
    }
    return sources;
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".java", "");
  }
}
