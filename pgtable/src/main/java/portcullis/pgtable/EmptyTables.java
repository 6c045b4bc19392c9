package portcullis.pgtable;

/** What becomes of a table whose last entry was unmapped. */
public enum EmptyTables {
  /** It is unlinked and freed, as KVM does. Looks for another entry after each unmap. */
  FREE,

  /**
   * It stays until an unmap covers all that it maps, or a block takes its place, as in Linux's
   * io-pgtable: unmapping and mapping a page again takes no table and only leaf invalidations.
   */
  KEEP,
}
