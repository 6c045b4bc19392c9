package portcullis.store;

/**
 * The words of a block in rows of {@value #WORDS}. A change only notes its row: memory and caches
 * change far more often than anyone asks for a fingerprint, and when it is asked for, the rows
 * noted since are mixed into it.
 */
final class Rows {
  private static final int SHIFT = 4;

  /** Words in a row; the last row of a block may have fewer. */
  static final int WORDS = 1 << SHIFT;

  private final Fingerprint fingerprint;
  private final long[] words;
  private final long seed;
  private final long first;

  /** A bit for each row that is not what the fingerprint has of it. */
  private final long[] noted;

  private boolean anyNoted;

  /** By row, what the fingerprint has of it; null as long as that is nothing. */
  private long[] shares;

  /**
   * Rows of zeros.
   *
   * @param seed and {@code first}: of the words' keys, see {@link Mix#key}
   */
  Rows(Fingerprint fingerprint, long[] words, long seed, long first) {
    this.fingerprint = fingerprint;
    this.words = words;
    this.seed = seed;
    this.first = first;
    this.noted = new long[(count() + Long.SIZE - 1) / Long.SIZE];
  }

  private int count() {
    return (words.length + WORDS - 1) >>> SHIFT;
  }

  /** The row of the word at {@code offset}. */
  static int row(int offset) {
    return offset >>> SHIFT;
  }

  /** The word at {@code offset} has changed. */
  void note(int offset) {
    int row = row(offset);
    noted[row / Long.SIZE] |= 1L << row;
    if (!anyNoted) {
      anyNoted = true;
      fingerprint.note(this);
    }
  }

  /** Any word may have changed. */
  void noteAll() {
    for (int offset = 0; offset < words.length; offset += WORDS) {
      note(offset);
    }
  }

  /** Mixes the rows that are noted; by how much the fingerprint's sum grows. */
  long mix() {
    if (shares == null) {
      shares = new long[count()];
    }
    long growth = 0;
    for (int i = 0; i < noted.length; i++) {
      for (long left = noted[i]; left != 0; left &= left - 1) {
        int row = i * Long.SIZE + Long.numberOfTrailingZeros(left);
        long share = share(row << SHIFT, Math.min((row + 1) << SHIFT, words.length));
        growth += share - shares[row];
        shares[row] = share;
      }
      noted[i] = 0;
    }
    anyNoted = false;
    return growth;
  }

  private long share(int from, int to) {
    long sum = 0;
    for (int offset = from; offset < to; offset++) {
      long word = words[offset];
      if (word != 0) {
        sum += Mix.change(Mix.key(seed, first + offset), 0, word);
      }
    }
    return sum;
  }
}
