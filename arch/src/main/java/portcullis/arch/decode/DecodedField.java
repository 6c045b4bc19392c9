package portcullis.arch.decode;

import java.util.Locale;
import portcullis.arch.Field;

/**
 * One field of a decoded value.
 *
 * @param field its declaration
 * @param value its value, right-aligned
 * @param ignored whether the rest of the value makes the architecture ignore this field
 */
public record DecodedField(Field field, long value, boolean ignored) {
  private static final int WORD_BITS = 64;
  private static final int LONGEST_BINARY = 4;
  private static final int LONGEST_DECIMAL = 6;

  /** Its bits as the architecture writes them, counted over the whole structure: {@code 65:64}. */
  public String bits() {
    return bits(field);
  }

  /** The bits of {@code field} counted over the whole structure. */
  static String bits(Field field) {
    int msb = field.word() * WORD_BITS + field.msb();
    int lsb = field.word() * WORD_BITS + field.lsb();
    return msb == lsb ? Integer.toString(lsb) : msb + ":" + lsb;
  }

  /**
   * Its value as text: an address in place and in hexadecimal, an encoding in binary if short, a
   * number in decimal if short.
   */
  public String valueText() {
    return switch (field.kind()) {
      case ADDRESS -> hex(value << field.lsb());
      case ENUMERATION -> encoding(field, value);
      case QUANTITY -> field.width() <= LONGEST_DECIMAL ? Long.toUnsignedString(value) : hex(value);
    };
  }

  /** What the field is, what this value of it means, and whether it is ignored. */
  public String meaning() {
    String name = field.nameOf(value).map(known -> ": " + known).orElse("");
    return field.meaning() + (reserved() ? ": reserved" : name) + (ignored ? " (ignored)" : "");
  }

  /** Whether the value is a reserved encoding. */
  public boolean reserved() {
    return field.reserved(value);
  }

  /** {@code code} as the architecture writes {@code field}'s encodings. */
  static String encoding(Field field, long code) {
    if (field.width() == 1) {
      return Long.toString(code);
    }
    if (field.width() > LONGEST_BINARY) {
      return hex(code);
    }
    String digits = Long.toBinaryString(code);
    return "0b" + "0".repeat(field.width() - digits.length()) + digits;
  }

  /** {@code value} as an unsigned hexadecimal number. */
  static String hex(long value) {
    return String.format(Locale.ROOT, "0x%x", value);
  }
}
