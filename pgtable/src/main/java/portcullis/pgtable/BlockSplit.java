package portcullis.pgtable;

/** How a live block descriptor becomes a table of the same translations, and back. */
public enum BlockSplit {
  /**
   * Invalid descriptor, invalidation, completion, new descriptor (DDI 0487 D8, break-before-make).
   * An access in between faults.
   */
  BREAK_BEFORE_MAKE,

  /**
   * The new descriptor directly, then an invalidation: for walkers that have FEAT_BBM level 2 and
   * take no TLB conflict aborts from it (IHI 0070 IDR3.BBML). No access faults.
   */
  REPLACE,
}
