package io.onceflow.tool;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows in columns that fit a terminal of {@value #WIDTH} characters: when they do not, the widest
 * text column is cut. Numbers are never cut; {@code --json} has everything in full.
 */
final class Table {

  static final int WIDTH = 120;
  private static final String GAP = "  ";
  private static final String CUT = "..";

  private final List<String> headings;
  private final boolean[] isNumber;
  private final List<String[]> rows = new ArrayList<>();

  /** A heading that ends with {@code #} is of a column of numbers: flush right, never cut. */
  Table(String... headings) {
    this.headings = Arrays.stream(headings).map(heading -> heading.replace("#", "")).toList();
    this.isNumber = new boolean[headings.length];
    for (var i = 0; i < headings.length; i++) {
      isNumber[i] = headings[i].endsWith("#");
    }
  }

  Table row(Object... cells) {
    if (cells.length != isNumber.length) {
      throw new IllegalArgumentException(
          "%d cells for %d columns".formatted(cells.length, isNumber.length));
    }
    rows.add(
        Arrays.stream(cells)
            .map(cell -> cell == null ? "-" : cell.toString().replaceAll("\\s+", " "))
            .toArray(String[]::new));
    return this;
  }

  void print(PrintWriter out) {
    var widths = widths();
    line(out, headings.toArray(String[]::new), widths);
    rows.forEach(row -> line(out, row, widths));
  }

  private int[] widths() {
    var widths = headings.stream().mapToInt(String::length).toArray();
    for (var row : rows) {
      for (var i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    while (Arrays.stream(widths).sum() + GAP.length() * (widths.length - 1) > WIDTH) {
      var widest = widestText(widths);
      if (widest < 0) {
        break;
      }
      widths[widest]--;
    }
    return widths;
  }

  private int widestText(int[] widths) {
    var widest = -1;
    for (var i = 0; i < widths.length; i++) {
      var cuttable = !isNumber[i] && widths[i] > Math.max(8, headings.get(i).length());
      if (cuttable && (widest < 0 || widths[i] > widths[widest])) {
        widest = i;
      }
    }
    return widest;
  }

  private void line(PrintWriter out, String[] cells, int[] widths) {
    var line = new StringBuilder();
    for (var i = 0; i < cells.length; i++) {
      var cell = fit(cells[i], widths[i]);
      var padding = " ".repeat(widths[i] - cell.length());
      line.append(i == 0 ? "" : GAP).append(isNumber[i] ? padding + cell : cell + padding);
    }
    out.println(line.toString().stripTrailing());
  }

  private static String fit(String cell, int width) {
    return cell.length() <= width ? cell : cell.substring(0, width - CUT.length()) + CUT;
  }
}
