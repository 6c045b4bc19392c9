package portcullis.cli;

import java.io.PrintWriter;

/**
 * Text for a terminal: lines of at most {@link #COLUMNS} columns, broken at spaces, and no control
 * characters, since names in a device tree are not to be trusted with the terminal.
 */
final class TerminalText {
  /** As wide as a line may be; a longer word stands on a line of its own. */
  static final int COLUMNS = 100;

  private final PrintWriter out;

  TerminalText(PrintWriter out) {
    this.out = out;
  }

  /** An empty line, then a heading. */
  void heading(String text) {
    out.println();
    item("", text);
  }

  /** {@code lead}, then {@code text}; its further lines begin below its first. */
  void item(String lead, String text) {
    String indent = " ".repeat(lead.length());
    StringBuilder line = new StringBuilder(lead);
    for (String word : oneLine(text).split(" ", -1)) {
      boolean first = line.length() == lead.length();
      if (!first && line.length() + 1 + word.length() > COLUMNS) {
        out.println(line);
        line.setLength(0);
        line.append(indent);
        first = true;
      }
      line.append(first ? "" : " ").append(word);
    }
    out.println(line);
  }

  /** Whether {@link #item} needs no second line. */
  static boolean fits(String lead, String text) {
    return lead.length() + text.length() <= COLUMNS;
  }

  /** {@code text} as one line: line breaks become spaces, other control characters {@code ?}. */
  static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.replaceAll("\\s*\\R\\s*", " ")
        .codePoints()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
