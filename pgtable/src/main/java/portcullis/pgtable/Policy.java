package portcullis.pgtable;

/**
 * Choices that depend on who walks the table and what it is for.
 *
 * @param blockSplit how live blocks are replaced
 * @param emptyTables whether emptied tables are freed
 */
public record Policy(BlockSplit blockSplit, EmptyTables emptyTables) {

  /** What every walker supports, with the least memory. */
  public static final Policy DEFAULT = new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.FREE);
}
