package portcullis.store;

/** One 64-bit word of a {@link Store}, 0 at first. */
public final class Cell extends Variable {
  private final long[] word;
  private final long location;
  private final long key;

  Cell(Store store, String name, int ordinal) {
    super(store, name, ordinal);
    int block = store.blocks.add(new long[1], this, 0);
    this.word = store.blocks.words(block);
    this.location = Blocks.location(block, 0);
    this.key = Mix.key(seed, 0);
  }

  /** The word. */
  public long get() {
    return word[0];
  }

  /** Changes the word. */
  public void set(long value) {
    long before = word[0];
    if (before != value) {
      store.changed(location, key, before, value);
      word[0] = value;
    }
  }

  @Override
  Kind kind() {
    return Kind.CELL;
  }

  @Override
  long words() {
    return 1;
  }

  @Override
  void put(long index, long value) {
    set(value);
  }

  @Override
  int[] blocksInOrder() {
    return new int[] {Blocks.block(location)};
  }

  @Override
  void adopt(Variable loaded) {
    word[0] = ((Cell) loaded).word[0];
  }

  @Override
  void declareIn(Store other) {
    other.cell(name);
  }
}
