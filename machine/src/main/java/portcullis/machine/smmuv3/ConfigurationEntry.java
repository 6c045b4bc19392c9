package portcullis.machine.smmuv3;

import portcullis.arch.Field;

/** A copy of one STE or CD: eight words, read through {@code arch}'s fields. */
final class ConfigurationEntry {

  /** Words of an STE and of a CD (IHI 0070 5.2, 5.4). */
  static final int WORDS = 8;

  private final long[] words = new long[WORDS];
  private boolean legal;

  long word(int index) {
    return words[index];
  }

  void word(int index, long value) {
    words[index] = value;
  }

  /** Whether the entry passed its validity check (IHI 0070 5.2.2, 5.4.2). */
  boolean legal() {
    return legal;
  }

  void legal(boolean verdict) {
    legal = verdict;
  }

  int get(Field field) {
    return (int) field.get(words[field.word()]);
  }

  boolean isSet(Field field) {
    return field.isSet(words[field.word()]);
  }

  /** An address field's value, as an address. */
  long address(Field field) {
    return field.inPlace(words[field.word()]);
  }
}
