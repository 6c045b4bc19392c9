package portcullis.board.fdt;

/**
 * What is wrong with a device tree or an ACPI table, or with what was asked of it, in one line for
 * the person who gave it: where, what, and what was expected there.
 *
 * <p>The message never holds a control character: names in a blob are not to be trusted with the
 * terminal that shows them.
 */
public final class BoardException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * A fault with no place in a file, such as a bad argument.
   *
   * @param where what is at fault, for example an option's name
   * @param problem what is wrong
   * @param expected what would have been right
   */
  public BoardException(String where, String problem, String expected) {
    super(printable(where + ": " + problem + ": expected " + expected));
  }

  /** A fault at byte {@code offset} of {@code file}. */
  public static BoardException at(String file, int offset, String problem, String expected) {
    return new BoardException(
        file + ": offset 0x" + Integer.toHexString(offset), problem, expected);
  }

  /**
   * A fault in the meaning of {@code property} of {@code node}.
   *
   * @param property the property's name, whether or not the node has it
   */
  public static BoardException in(Node node, String property, String problem, String expected) {
    return new BoardException(
        node.fileName() + ": " + node.path() + ": " + property, problem, expected);
  }

  private static String printable(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).forEach(line::appendCodePoint);
    return line.toString();
  }
}
