package portcullis.machine.smmuv3;

import portcullis.arch.Field;

/**
 * A copy of one STE or CD: eight words, read through {@code arch}'s fields, and what a translation
 * needs of them, decoded once.
 */
abstract class ConfigurationEntry {

  /** Words of an STE and of a CD (IHI 0070 5.2, 5.4). */
  static final int WORDS = 8;

  private final long[] words = new long[WORDS];
  private boolean legal;

  final long word(int index) {
    return words[index];
  }

  final void word(int index, long value) {
    words[index] = value;
  }

  /** Whether the entry passed its validity check (IHI 0070 5.2.2, 5.4.2). */
  final boolean legal() {
    return legal;
  }

  /**
   * Tells the verdict on the words, once they are set, and decodes them. What is decoded follows
   * from words, verdict and profile alone.
   */
  final void complete(boolean verdict) {
    legal = verdict;
    if (verdict) {
      decode();
    }
  }

  /** Derives from the words, which are legal, what translations need. */
  abstract void decode();

  final int get(Field field) {
    return (int) field.get(words[field.word()]);
  }

  final boolean isSet(Field field) {
    return field.isSet(words[field.word()]);
  }

  /** An address field's value, as an address. */
  final long address(Field field) {
    return field.inPlace(words[field.word()]);
  }
}
