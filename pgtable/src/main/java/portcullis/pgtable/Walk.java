package portcullis.pgtable;

/**
 * Where the walk of one input address ended. Made once by the caller and filled by {@link
 * PageTable#walk}, so that a walk allocates nothing; holds no state between walks.
 */
public final class Walk {
  private TableFormat format;
  private long in;
  private int level;
  private long descriptor;

  /** A result that no walk has filled yet. */
  public Walk() {}

  void set(TableFormat format, long in, int level, long descriptor) {
    this.format = format;
    this.in = in;
    this.level = level;
    this.descriptor = descriptor;
  }

  /** Whether the address is mapped. */
  public boolean mapped() {
    return TableFormat.isValid(descriptor);
  }

  /** The output address, of the byte that was walked for. Only if {@link #mapped}. */
  public long out() {
    assert mapped();
    return format.output(descriptor, level) | (in & (bytes() - 1));
  }

  /** The attribute bits, as {@link PageTable#map} takes them. Only if {@link #mapped}. */
  public long attributes() {
    assert mapped();
    return format.attributes(descriptor);
  }

  /** What {@link PageTable#annotate} left here; 0 if nothing, or if mapped. */
  public long annotation() {
    return TableFormat.annotation(descriptor);
  }

  /** Level of the entry that ended the walk. */
  public int level() {
    return level;
  }

  /** Bytes that this entry covers. */
  public long bytes() {
    return format.levelBytes(level);
  }

  /** First input address that this entry covers. */
  public long base() {
    return in & -bytes();
  }

  /** The entry itself. */
  public long descriptor() {
    return descriptor;
  }
}
