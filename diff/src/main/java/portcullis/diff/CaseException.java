package portcullis.diff;

/** A file that holds no case; the message says which line is wrong and what was expected. */
public final class CaseException extends Exception {
  private static final long serialVersionUID = 1L;

  CaseException(int line, String expected) {
    super("line " + line + ": " + expected);
  }
}
