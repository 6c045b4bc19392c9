package portcullis.store;

/** One boolean of a {@link Store}, false at first. */
public final class Flag extends Variable {
  private final long[] word;
  private final long location;
  private final long key;

  Flag(Store store, String name, int ordinal) {
    super(store, name, ordinal);
    int block = store.blocks.add(new long[1], this, 0);
    this.word = store.blocks.words(block);
    this.location = Blocks.location(block, 0);
    this.key = Mix.key(seed, 0);
  }

  /** The boolean. */
  public boolean get() {
    return word[0] != 0;
  }

  /** Changes the boolean. */
  public void set(boolean value) {
    put(0, value ? 1 : 0);
  }

  @Override
  Kind kind() {
    return Kind.FLAG;
  }

  @Override
  long words() {
    return 1;
  }

  @Override
  void put(long index, long value) {
    long before = word[0];
    if (before != value) {
      store.changed(location, key, before, value);
      word[0] = value;
    }
  }

  @Override
  int[] blocksInOrder() {
    return new int[] {Blocks.block(location)};
  }

  @Override
  void adopt(Variable loaded) {
    word[0] = ((Flag) loaded).word[0];
  }

  @Override
  void declareIn(Store other) {
    other.flag(name);
  }
}
