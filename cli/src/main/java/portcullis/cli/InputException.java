package portcullis.cli;

/** Bad input: one line that says what is wrong where, and what was expected. */
final class InputException extends Exception {
  private static final long serialVersionUID = 1L;

  InputException(String line) {
    super(line);
  }
}
