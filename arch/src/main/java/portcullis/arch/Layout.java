package portcullis.arch;

import java.util.ArrayList;
import java.util.List;

/**
 * A register's or structure's fields, and so which of its bits are reserved.
 *
 * @param name the architecture's name for the whole, such as {@code STE} or {@code CMD_CFGI_STE}
 * @param bits its size in bits: 32, or a multiple of 64
 * @param source where the architecture defines it, such as {@code IHI 0070 5.2}
 * @param fields every defined field, in order of word and bit; no two overlap
 */
public record Layout(String name, int bits, String source, List<Field> fields) {

  public Layout {
    fields = List.copyOf(fields);
    long[] seen = new long[Math.max(1, bits / 64)];
    for (Field field : fields) {
      if (field.word() >= seen.length || (bits == 32 && field.msb() > 31)) {
        throw new IllegalArgumentException(
            name + "." + field.name() + " lies outside its " + bits + " bits");
      }
      if ((seen[field.word()] & field.mask()) != 0) {
        throw new IllegalArgumentException(name + "." + field.name() + " overlaps another field");
      }
      seen[field.word()] |= field.mask();
    }
  }

  /** How many 64-bit words the structure has; 1 for a 32-bit register. */
  public int words() {
    return Math.max(1, bits / 64);
  }

  /** The bits of {@code word} that no field covers. */
  public long reservedMask(int word) {
    long covered = 0;
    for (Field field : fields) {
      if (field.word() == word) {
        covered |= field.mask();
      }
    }
    return ~covered & (bits == 32 ? 0xffff_ffffL : -1L);
  }

  /**
   * Collects the fields of one layout as they are declared, so that each is written exactly once.
   */
  public static final class Builder {
    private final String name;
    private final int bits;
    private final String source;
    private final Version since;
    private final List<Field> fields = new ArrayList<>();

    /**
     * Starts a layout.
     *
     * @param since the revision its fields have unless they say otherwise
     */
    public Builder(String name, int bits, String source, Version since) {
      this.name = name;
      this.bits = bits;
      this.source = source;
      this.since = since;
    }

    /** Declares a flag or quantity in bits {@code msb:lsb} of {@code word}. */
    public Field field(String field, int word, int msb, int lsb, String meaning) {
      return add(new Field(field, word, msb, lsb, since, meaning, Field.Kind.QUANTITY, List.of()));
    }

    /** Declares a quantity that came with a later revision. */
    public Field field(String field, int word, int msb, int lsb, Version from, String meaning) {
      return add(new Field(field, word, msb, lsb, from, meaning, Field.Kind.QUANTITY, List.of()));
    }

    /** Declares a one-bit flag. */
    public Field flag(String field, int word, int bit, String meaning) {
      return field(field, word, bit, bit, meaning);
    }

    /** Declares a one-bit flag that came with a later revision. */
    public Field flag(String field, int word, int bit, Version from, String meaning) {
      return field(field, word, bit, bit, from, meaning);
    }

    /** Declares an address held in place: bits below {@code lsb} are zero. */
    public Field address(String field, int word, int msb, int lsb, String meaning) {
      return add(new Field(field, word, msb, lsb, since, meaning, Field.Kind.ADDRESS, List.of()));
    }

    /** Declares an address that came with a later revision. */
    public Field address(String field, int word, int msb, int lsb, Version from, String meaning) {
      return add(new Field(field, word, msb, lsb, from, meaning, Field.Kind.ADDRESS, List.of()));
    }

    /** Declares a closed set of encodings; those not listed are reserved. */
    public Field choice(String field, int word, int msb, int lsb, String meaning, Value... values) {
      return choice(field, word, msb, lsb, since, meaning, values);
    }

    /** Declares a closed set of encodings that came with a later revision. */
    public Field choice(
        String field, int word, int msb, int lsb, Version from, String meaning, Value... values) {
      return add(
          new Field(field, word, msb, lsb, from, meaning, Field.Kind.ENUMERATION, List.of(values)));
    }

    /** Adds fields that are declared elsewhere, because several layouts share them. */
    public Builder use(Field... shared) {
      fields.addAll(List.of(shared));
      return this;
    }

    private Field add(Field field) {
      fields.add(field);
      return field;
    }

    /** The finished layout; fails if two fields overlap or one lies outside. */
    public Layout build() {
      fields.sort(java.util.Comparator.comparingInt(Field::word).thenComparingInt(Field::lsb));
      return new Layout(name, bits, source, fields);
    }
  }
}
