package portcullis.pgtable;

/**
 * Choices that depend on who walks the table and what it is for.
 *
 * @param blockSplit how live blocks are replaced
 * @param emptyTables whether emptied tables are freed
 * @param leaves what maps a range
 */
public record Policy(BlockSplit blockSplit, EmptyTables emptyTables, Leaves leaves) {

  /** What every walker supports, with the least memory. */
  public static final Policy DEFAULT = new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.FREE);

  /** With the largest leaves. */
  public Policy(BlockSplit blockSplit, EmptyTables emptyTables) {
    this(blockSplit, emptyTables, Leaves.LARGEST);
  }
}
