package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What the documentation types exists. */
class DocumentationTest {

  private static final Pattern COMMAND = Pattern.compile("onceflow ([a-z-]+)( [a-z]+)?([^\\n`]*)");
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]+");

  private static String text() throws Exception {
    return Files.readString(Path.of("../docs/tool.md"));
  }

  private static CommandSpec tool() {
    return new CommandLine(new ToolMain()).getCommandSpec();
  }

  @Test
  void everyCommandLineInTheDocumentIsUnderstood() throws Exception {
    var unknown = new ArrayList<String>();
    var seen = 0;
    for (var match : COMMAND.matcher(text()).results().toList()) {
      var command = tool().subcommands().get(match.group(1));
      if (command == null) {
        continue;
      }
      seen++;
      var spec = command.getCommandSpec();
      var sub = match.group(2) == null ? null : spec.subcommands().get(match.group(2).strip());
      spec = sub == null ? spec : sub.getCommandSpec();
      for (var option : OPTION.matcher(match.group(3)).results().toList()) {
        if (spec.findOption(option.group()) == null) {
          unknown.add(match.group());
        }
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(seen).isGreaterThan(8);
  }

  @Test
  void everyCommandAndEveryExitCodeIsDocumented() throws Exception {
    var text = text();
    assertThat(tool().subcommands().keySet())
        .allSatisfy(command -> assertThat(text).contains("| `" + command + "` |"));
    for (var code : ExitCode.values()) {
      assertThat(text).contains("| " + code.number() + " | ");
    }
  }

  @Test
  void everyOptionNamedInTheTextBelongsToSomeCommand() throws Exception {
    var known = new ArrayList<>(List.of("--help"));
    collect(tool(), known);
    assertThat(OPTION.matcher(text()).results().map(result -> result.group()))
        .allSatisfy(option -> assertThat(known).contains(option));
  }

  private static void collect(CommandSpec spec, List<String> names) {
    spec.options().forEach(option -> names.addAll(List.of(option.names())));
    spec.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), names));
  }
}
