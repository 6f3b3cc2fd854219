package io.onceflow.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The statements of a file. A statement ends with a semicolon at the end of a line; a line that
 * begins with {@code --} is a comment.
 *
 * @param file where they were read, for messages
 * @param statements without the semicolons, at least one
 */
record SqlScript(Path file, List<String> statements) {

  /**
   * Reads a script.
   *
   * @throws IOException when the file cannot be read
   * @throws IllegalArgumentException when it is no script that defines views and functions
   */
  static SqlScript read(Path file) throws IOException {
    List<String> statements = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    for (String line : Files.readAllLines(file)) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("--")) {
        continue;
      }
      boolean last = text.endsWith(";");
      statement.append(last ? text.substring(0, text.length() - 1) : line).append('\n');
      if (last) {
        statements.add(definition(statement.toString().strip()));
        statement.setLength(0);
      }
    }
    if (!statement.isEmpty()) {
      throw new IllegalArgumentException(
          "its last statement does not end with a semicolon at the end of a line");
    }
    if (statements.isEmpty()) {
      throw new IllegalArgumentException("it has no statement");
    }
    return new SqlScript(file, List.copyOf(statements));
  }

  /** Anything that writes or reads by itself would be a job beside this one. */
  private static String definition(String statement) {
    if (!statement.toUpperCase(Locale.ROOT).matches("(?s)CREATE\\s+TEMPORARY\\s+.*")) {
      throw new IllegalArgumentException(
          "it may hold CREATE TEMPORARY .. statements only, not \"%s\""
              .formatted(statement.lines().findFirst().orElse("")));
    }
    return statement;
  }
}
