package portcullis.machine.smmuv3.caches;

import portcullis.arch.Field;

/**
 * A copy of one STE, CD or PARTID_MAP: eight words, read through {@code arch}'s fields, and what a
 * translation needs of them, decoded once.
 */
public abstract class ConfigurationEntry {

  /** Words of an STE, of a CD and of a PARTID_MAP (IHI 0070 5.2, 5.4, 5.6). */
  public static final int WORDS = 8;

  private final long[] words = new long[WORDS];
  private boolean legal;

  /** The word at {@code index}, 0 to 7. */
  public final long word(int index) {
    return words[index];
  }

  /** Sets the word at {@code index}, 0 to 7; {@link #complete} follows. */
  public final void word(int index, long value) {
    words[index] = value;
  }

  /** Whether the entry passed its validity check (IHI 0070 5.2.2, 5.4.2). */
  public final boolean legal() {
    return legal;
  }

  /**
   * Tells the verdict on the words, once they are set, and decodes them. What is decoded follows
   * from words, verdict and profile alone.
   */
  public final void complete(boolean verdict) {
    legal = verdict;
    if (verdict) {
      decode();
    }
  }

  /** Derives from the words, which are legal, what translations need. */
  protected abstract void decode();

  /** A field's value, right-aligned. */
  public final int get(Field field) {
    return (int) field.get(words[field.word()]);
  }

  /** Whether a one-bit field is 1. */
  public final boolean isSet(Field field) {
    return field.isSet(words[field.word()]);
  }

  /** An address field's value, as an address. */
  public final long address(Field field) {
    return field.inPlace(words[field.word()]);
  }
}
