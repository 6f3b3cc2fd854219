package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * What one run of the tool printed and how it ended.
 *
 * @param exit the exit code
 * @param out standard output
 * @param err standard error
 */
record ToolResult(int exit, String out, String err) {

  /** Runs the tool against a database; nothing it prints may hold the password. */
  static ToolResult run(ToolDatabase database, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--config");
    all.add(database.config().toString());
    var result = run(all.toArray(String[]::new));
    assertThat(result.out + result.err).doesNotContain(database.database().server().password());
    return result;
  }

  static ToolResult run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var exit = ToolMain.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new ToolResult(exit, out.toString(), err.toString());
  }

  JsonNode json() {
    try {
      return new ObjectMapper().readTree(out);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(out + err, e);
    }
  }
}
