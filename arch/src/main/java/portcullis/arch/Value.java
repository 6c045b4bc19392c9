package portcullis.arch;

/**
 * One architected encoding of a field.
 *
 * @param code the field's value, right-aligned
 * @param name the encoding's name in the architecture's words, such as {@code CERROR_ILL} or {@code
 *     4KB}
 */
public record Value(long code, String name) {

  /** Shorthand for a declaration list. */
  public static Value value(long code, String name) {
    return new Value(code, name);
  }
}
