package portcullis.arch;

import java.util.List;
import java.util.Optional;

/**
 * One bit field of a register or of a structure in memory, declared once: the codecs, the {@code
 * decode} command and the reference pages all read this declaration.
 *
 * <p>A field never straddles two 64-bit words. A record, so that a {@code static final Field} folds
 * to a constant shift and mask in compiled code.
 *
 * @param name the architecture's own spelling
 * @param word index of the 64-bit little-endian word that holds the field, 0 for a register
 * @param msb highest bit within the word, 0 to 63
 * @param lsb lowest bit within the word, 0 to {@code msb}
 * @param since the revision that introduced it
 * @param meaning one line: what the field does
 * @param kind how its value reads
 * @param values its architected encodings; empty where every value is a plain quantity
 */
public record Field(
    String name,
    int word,
    int msb,
    int lsb,
    Version since,
    String meaning,
    Kind kind,
    List<Value> values) {

  /** How a field's value is to be read. */
  public enum Kind {
    /** A number or a flag: every encoding is valid. */
    QUANTITY,
    /** An address, kept in place: the bits below {@code lsb} are zero. */
    ADDRESS,
    /** A closed set of encodings: those not listed are reserved. */
    ENUMERATION,
  }

  public Field {
    if (msb > 63 || lsb < 0 || msb < lsb || word < 0) {
      throw new IllegalArgumentException(
          name + ": no such bits [" + msb + ":" + lsb + "] in word " + word);
    }
    values = List.copyOf(values);
  }

  /** Width in bits, 1 to 64. */
  public int width() {
    return msb - lsb + 1;
  }

  /** The largest value that fits, right-aligned (unsigned). */
  public long max() {
    return -1L >>> (64 - width());
  }

  /** The bits that the field occupies in its word. */
  public long mask() {
    return max() << lsb;
  }

  /** The field's value in {@code word}, right-aligned. */
  public long get(long word) {
    return (word >>> lsb) & max();
  }

  /** Whether any bit of the field is set in {@code word}. */
  public boolean isSet(long word) {
    return (word & mask()) != 0;
  }

  /** The field's bits where they stand: for an address, the address itself. */
  public long inPlace(long word) {
    return word & mask();
  }

  /**
   * {@code value} moved to the field's place, every other bit zero.
   *
   * @param value right-aligned; bits that do not fit are dropped (asserted against)
   */
  public long of(long value) {
    assert (value & ~max()) == 0 : name + " cannot hold 0x" + Long.toHexString(value);
    return (value & max()) << lsb;
  }

  /** {@code word} with this field replaced by {@code value} (right-aligned). */
  public long with(long word, long value) {
    return (word & ~mask()) | of(value);
  }

  /** The name of encoding {@code code}, if the field lists it. */
  public Optional<String> nameOf(long code) {
    for (Value value : values) {
      if (value.code() == code) {
        return Optional.of(value.name());
      }
    }
    return Optional.empty();
  }

  /** Whether {@code code} is an encoding that the architecture reserves. */
  public boolean reserved(long code) {
    return kind == Kind.ENUMERATION && nameOf(code).isEmpty();
  }
}
