package portcullis.store;

/** A fixed array of 64-bit words of a {@link Store}, all 0 at first. */
public final class Words extends Variable {
  private final long[] array;
  private final int block;

  Words(Store store, String name, int ordinal, int length) {
    super(store, name, ordinal);
    this.block = store.blocks.add(new long[length], this, 0);
    this.array = store.blocks.words(block);
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
      store.changed(Blocks.location(block, index), Mix.key(seed, index), before, value);
      array[index] = value;
    }
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
  }

  @Override
  void declareIn(Store other) {
    other.words(name, array.length);
  }
}
