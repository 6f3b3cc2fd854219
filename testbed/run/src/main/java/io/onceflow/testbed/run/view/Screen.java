package io.onceflow.testbed.run.view;

import java.io.PrintStream;
import java.util.List;

/**
 * Prints a block of lines over the last one on a terminal, and now and then one plain line
 * elsewhere. Used by one thread.
 */
public final class Screen {

  private final PrintStream out;
  private final boolean terminal;
  private int height;

  /** Uses ANSI only when asked to. */
  public Screen(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Standard output; a terminal unless it is redirected or cannot move its cursor. */
  public static Screen standard() {
    boolean terminal = System.console() != null && !"dumb".equals(System.getenv("TERM"));
    return new Screen(System.out, terminal);
  }

  /** Whether blocks are shown. */
  public boolean isTerminal() {
    return terminal;
  }

  /** Replaces the block that was shown last. */
  public void block(List<String> lines) {
    erase();
    lines.forEach(out::println);
    height = lines.size();
    out.flush();
  }

  /** Prints a line that stays, below what stays. */
  public void line(String text) {
    erase();
    out.println(text);
    out.flush();
  }

  /** Lets the last block stay. */
  public void keep() {
    height = 0;
  }

  private void erase() {
    if (height > 0) {
      out.print("\033[" + height + "F\033[J");
      height = 0;
    }
  }
}
