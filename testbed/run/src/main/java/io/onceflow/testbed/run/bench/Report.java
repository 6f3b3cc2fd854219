package io.onceflow.testbed.run.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints progress as it comes and keeps the comparisons for the end. Used by one thread. */
final class Report {

  private final PrintStream out;
  private final List<BenchLine> lines = new ArrayList<>();

  Report(PrintStream out) {
    this.out = out;
  }

  void progress(String format, Object... arguments) {
    out.printf(Locale.ROOT, format + "%n", arguments);
  }

  void add(BenchLine line) {
    lines.add(line);
  }

  /** The comparisons, as the last lines. */
  void finish() {
    lines.forEach(out::println);
    out.flush();
  }
}
