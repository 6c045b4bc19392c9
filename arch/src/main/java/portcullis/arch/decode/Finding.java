package portcullis.arch.decode;

/**
 * Something in a decoded value that the architecture does not define.
 *
 * @param kind what it is
 * @param text one line that says where
 */
public record Finding(Kind kind, String text) {

  /** The kinds of finding. */
  public enum Kind {
    /** Bits that no field covers are not zero. */
    RESERVED_BITS,
    /** A field has an encoding that is reserved. */
    RESERVED_ENCODING,
    /** The code that selects the layout, an opcode or an event number, is not architected. */
    UNKNOWN_CODE,
  }
}
