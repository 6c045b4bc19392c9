package portcullis.arch.decode;

/** Words that do not name a value to decode. The message is one line that says what is expected. */
public final class DecodeException extends Exception {
  private static final long serialVersionUID = 1L;

  DecodeException(String expected) {
    super(expected);
  }
}
