package portcullis.store;

import java.util.Arrays;

/**
 * A fixed array of 64-bit words of a {@link Store}, all 0 at first.
 *
 * <p>Arrays are where caches live, which change far more often than anyone asks for a fingerprint.
 * So a change only notes the row of {@value #ROW_WORDS} words that it is in, and the rows noted are
 * mixed into the fingerprint when it is next asked for.
 */
public final class Words extends Variable {
  private static final int ROW_SHIFT = 4;

  /** Words in a row: index 0 and every multiple of it begin one. */
  public static final int ROW_WORDS = 1 << ROW_SHIFT;

  private final long[] array;
  private final int block;

  // What the fingerprint has of each row and of all, but for the rows noted since it was asked for.
  private final long[] shares;
  private final boolean[] noted;
  private final int[] notedRows;
  private int notes;
  private long share;

  Words(Store store, String name, int ordinal, int length) {
    super(store, name, ordinal);
    this.block = store.blocks.add(new long[length], this, 0);
    this.array = store.blocks.words(block);
    int rows = (length + ROW_WORDS - 1) >>> ROW_SHIFT;
    this.shares = new long[rows];
    this.noted = new boolean[rows];
    this.notedRows = new int[rows];
  }

  /**
   * The word at {@code index}.
   *
   * @throws IndexOutOfBoundsException outside 0 to {@code length() - 1}
   */
  public long get(int index) {
    return array[index];
  }

  /**
   * Changes the word at {@code index}.
   *
   * @throws IndexOutOfBoundsException outside 0 to {@code length() - 1}
   */
  public void set(int index, long value) {
    long before = array[index];
    if (before != value) {
      store.journal(Blocks.location(block, index), before);
      array[index] = value;
      note(index);
    }
  }

  /**
   * Changes four words of one row, as four calls of {@link #set} do, but in fewer steps: those at
   * {@code index}, {@code index + stride} and so on.
   *
   * @throws IndexOutOfBoundsException if one is outside 0 to {@code length() - 1}
   */
  public void set(int index, int stride, long first, long second, long third, long fourth) {
    assert index >>> ROW_SHIFT == (index + 3 * stride) >>> ROW_SHIFT : "not one row";
    if (store.isJournaling()) {
      set(index, first);
      set(index + stride, second);
      set(index + 2 * stride, third);
      set(index + 3 * stride, fourth);
      return;
    }
    array[index + 3 * stride] = fourth;
    array[index + 2 * stride] = third;
    array[index + stride] = second;
    array[index] = first;
    note(index);
  }

  /** The word at {@code index} is not what the fingerprint has of it. */
  void note(int index) {
    int row = index >>> ROW_SHIFT;
    if (!noted[row]) {
      noted[row] = true;
      notedRows[notes++] = row;
    }
  }

  /** What all words have in the fingerprint. O(rows noted since it was last asked for). */
  long share() {
    while (notes != 0) {
      int row = notedRows[--notes];
      noted[row] = false;
      long now = share(row << ROW_SHIFT, Math.min((row + 1) << ROW_SHIFT, array.length));
      share += now - shares[row];
      shares[row] = now;
    }
    return share;
  }

  private long share(int from, int to) {
    long sum = 0;
    for (int index = from; index < to; index++) {
      long word = array[index];
      if (word != 0) {
        sum += Mix.change(Mix.key(seed, index), 0, word);
      }
    }
    return sum;
  }

  /** Number of words. */
  public int length() {
    return array.length;
  }

  @Override
  Kind kind() {
    return Kind.WORDS;
  }

  @Override
  long words() {
    return array.length;
  }

  @Override
  void put(long index, long value) {
    set((int) index, value);
  }

  @Override
  int[] blocksInOrder() {
    return new int[] {block};
  }

  @Override
  void adopt(Variable loaded) {
    Words from = (Words) loaded;
    System.arraycopy(from.array, 0, array, 0, array.length);
    share = from.share();
    System.arraycopy(from.shares, 0, shares, 0, shares.length);
    Arrays.fill(noted, false);
    notes = 0;
  }

  @Override
  void declareIn(Store other) {
    other.words(name, array.length);
  }
}
