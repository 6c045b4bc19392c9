package portcullis.check.hostile;

/** A table of EL2's that hardware reads, as the oracle has judged it. */
interface WatchedTable {
  /**
   * The word at {@code pa} has changed: what it led to is watched no more. Called for every change
   * before {@link #judge} is for any, so that a page can leave one table and become another.
   */
  void forget(long pa);

  /** What is wrong with what the word at {@code pa} says now, or null. */
  String judge(long pa);

  /** What is wrong if it lies in memory that is not EL2's. */
  String misplaced();
}
