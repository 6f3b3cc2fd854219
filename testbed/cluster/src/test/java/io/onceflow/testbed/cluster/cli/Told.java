package io.onceflow.testbed.cluster.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a command said, on standard output and error, and its exit code.
 *
 * @param code the exit code
 */
record Told(int code, String text) {

  /** Runs a command in this JVM. */
  static Told of(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      int code = ClusterMain.run(arguments);
      return new Told(code, said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Returns the message of the mistake that the call is. */
  static String mistake(Runnable call) {
    try {
      call.run();
      return "no mistake";
    } catch (UsageException e) {
      return e.getMessage();
    }
  }

  String lastLine() {
    List<String> lines = text.lines().toList();
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }
}
