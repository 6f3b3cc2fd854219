package io.onceflow.common.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The command line of a job: {@code --config FILE}, {@code --set key=value} (as often as needed)
 * and {@code --help}.
 *
 * <p>Messages never repeat what they do not understand beyond an option's name: somebody may have
 * put a password there.
 *
 * @param config the YAML file, if one was named
 * @param sets the values of {@code --set} by key, the last one wins
 * @param help whether help was asked for
 */
public record Arguments(Optional<Path> config, Map<String, String> sets, boolean help) {

  /** Two lines for the top of a help text. */
  public static final String USAGE =
      """
      --config FILE     the YAML file of the job
      --set KEY=VALUE   overrides one key of the file; repeatable
      --help            prints this and stops
      """;

  /** Copies what it is given. */
  public Arguments {
    sets = Map.copyOf(sets);
  }

  /**
   * Reads a command line.
   *
   * @throws ConfigException with every argument that is not understood
   */
  public static Arguments parse(String... args) {
    Parser parser = new Parser(args);
    parser.run();
    if (!parser.mistakes.isEmpty()) {
      throw new ConfigException("the command line", parser.mistakes);
    }
    return new Arguments(Optional.ofNullable(parser.config), parser.sets, parser.help);
  }

  private static final class Parser {
    private final String[] args;
    private final Map<String, String> sets = new LinkedHashMap<>();
    private final List<Mistake> mistakes = new ArrayList<>();
    private Path config;
    private boolean help;
    private int next;

    Parser(String[] args) {
      this.args = args;
    }

    void run() {
      while (next < args.length) {
        String argument = args[next++];
        int equals = argument.indexOf('=');
        boolean inline = argument.startsWith("--") && equals > 0;
        String name = inline ? argument.substring(0, equals) : argument;
        option(name, inline ? argument.substring(equals + 1) : null);
      }
    }

    private void option(String name, String inlineValue) {
      switch (name) {
        case "--help", "-h" -> help = true;
        case "--config" -> config(value(name, inlineValue));
        case "--set" -> set(value(name, inlineValue));
        default -> unknown(name);
      }
    }

    private String value(String name, String inlineValue) {
      if (inlineValue != null) {
        return inlineValue;
      }
      if (next == args.length) {
        mistake(name, "needs a value after it");
        return null;
      }
      return args[next++];
    }

    private void config(String file) {
      if (file == null) {
        return;
      }
      if (config != null) {
        mistake("--config", "is given twice; name one file");
      }
      config = Path.of(file);
    }

    private void set(String assignment) {
      if (assignment == null) {
        return;
      }
      int equals = assignment.indexOf('=');
      if (equals <= 0) {
        mistake("--set", "needs KEY=VALUE, as in --set source.topic=transfers");
        return;
      }
      sets.put(assignment.substring(0, equals).strip(), assignment.substring(equals + 1));
    }

    private void unknown(String name) {
      String shown = name.startsWith("--") ? name : "argument " + next;
      mistake(shown, "is not understood; there are --config FILE, --set KEY=VALUE and --help");
    }

    private void mistake(String name, String expected) {
      mistakes.add(new Mistake(name, null, null, expected));
    }
  }
}
