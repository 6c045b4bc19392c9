package portcullis.store;

/**
 * What every declaration has: a name, a length in words, and {@linkplain Blocks blocks} that hold
 * its words.
 */
abstract sealed class Variable permits Cell, Flag, Words, PagedWords {
  final Store store;
  final String name;

  /** Where this declaration stands among the store's, from 0. */
  final int ordinal;

  /** Of the keys of its words, see {@link Mix#key}. */
  final long seed;

  Variable(Store store, String name, int ordinal) {
    this.store = store;
    this.name = name;
    this.ordinal = ordinal;
    this.seed = Mix.seed(name);
  }

  abstract Kind kind();

  /** Number of words. */
  abstract long words();

  /** Changes one word, through fingerprint and journal. */
  abstract void put(long index, long value);

  /** Its blocks in the order of their first words; words in none of them are zero. */
  abstract int[] blocksInOrder();

  /** Takes over the words of {@code loaded}, declared alike in a store that nobody else uses. */
  abstract void adopt(Variable loaded);

  /** Declares in {@code other} what this declares here. */
  abstract void declareIn(Store other);

  /** The declaration as messages show it, for example {@code WORDS smmu0.tlb[64]}. */
  final String declaration() {
    return declaration(kind(), name, words());
  }

  static String declaration(Kind kind, String name, long words) {
    return switch (kind) {
      case CELL, FLAG -> kind + " " + name;
      case WORDS, PAGED -> kind + " " + name + "[" + words + "]";
    };
  }
}
