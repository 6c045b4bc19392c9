package portcullis.machine.vmsa;

/**
 * The working registers of one walk: above, what {@link TableWalker} is told; below, what it found.
 *
 * <p>A plain holder, reused so that a walk allocates nothing; it decides nothing.
 */
public final class TableWalk {

  /** {@link #reachShift} where physical addresses are the ones that descriptors name. */
  static final int EVERYWHERE = Long.SIZE;

  /** The tables to walk. */
  public TableShape shape = new TableShape();

  /** What tells the entries of these tables in a {@link WalkCache} from those of others. */
  public long space;

  /** What is translated. */
  public long input;

  /** Level of the last descriptor read: the leaf, or the one that faulted. */
  public int level;

  /** The last descriptor read that is valid: the leaf. */
  public long descriptor;

  /** Physical address of the last descriptor: the leaf's, or the one that could not be read. */
  public long descriptorAddress;

  /** The same descriptor's address as the table above names it: an IPA for a nested stage 1. */
  public long descriptorName;

  /**
   * All table descriptors passed, ORed: the hierarchical attributes accumulate as bits that are
   * set.
   */
  public long tableAttributes;

  /** Whether the last descriptor read is a leaf; if not, a table's. */
  boolean leaf;

  /** See {@link #leafShift()}. */
  int leafShift;

  /** Output address of the page or block, or of the table, its offset bits zero. */
  public long output;

  /** Why there is no leaf; meaningful after a walk that found none. */
  public WalkFault fault = WalkFault.TRANSLATION;

  /**
   * log2 of the aligned bytes, around the last descriptor, over which physical addresses run on
   * with those that descriptors name.
   */
  public int reachShift;

  /** No walk yet. */
  public TableWalk() {}

  /** Sets the tables to walk, and their {@link #space}. */
  public void in(TableShape tables, long space) {
    // Mostly they are the last walk's, and to compare is less than to write a reference.
    if (shape != tables) {
      shape = tables;
    }
    this.space = space;
  }

  /** log2 of the bytes that the leaf maps. */
  public int leafShift() {
    return leafShift;
  }

  /**
   * log2 of the bytes of a full table that lie together: all of it, unless stage 2 has smaller
   * pages.
   */
  public int chunkShift() {
    return Math.min(shape.granule.shift(), reachShift);
  }
}
