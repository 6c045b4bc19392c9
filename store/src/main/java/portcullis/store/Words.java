package portcullis.store;

/** A fixed array of 64-bit words of a {@link Store}, all 0 at first. */
public final class Words extends Variable {
  /** Words in a row: index 0 and every multiple of it begin one. */
  public static final int ROW_WORDS = Rows.WORDS;

  private final long[] array;
  private final int block;
  private final Rows rows;

  Words(Store store, String name, int ordinal, int length) {
    super(store, name, ordinal);
    this.block = store.blocks.addRows(new long[length], this, 0);
    this.array = store.blocks.words(block);
    this.rows = store.blocks.rows(block);
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
      rows.note(index);
    }
  }

  /**
   * Changes four words of one row, as four calls of {@link #set} do, but in fewer steps: those at
   * {@code index}, {@code index + stride} and so on.
   *
   * @throws IndexOutOfBoundsException if one is outside 0 to {@code length() - 1}
   */
  public void set(int index, int stride, long first, long second, long third, long fourth) {
    assert Rows.row(index) == Rows.row(index + 3 * stride) : "not one row";
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
    rows.note(index);
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
    System.arraycopy(((Words) loaded).array, 0, array, 0, array.length);
    rows.noteAll();
  }

  @Override
  void declareIn(Store other) {
    other.words(name, array.length);
  }
}
