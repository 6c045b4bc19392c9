package portcullis.pgtable;

/** How an operation on a table ended. */
public enum Result {
  /** Done. */
  OK,

  /** The allocator ran out; the table is as it was. */
  NO_MEMORY,

  /**
   * Some of the range is mapped otherwise, or annotated; the table is as it was. Only {@link
   * PageTable#map}.
   */
  EXISTS,

  /** Not aligned to the granule, empty, outside the format's sizes; the table is as it was. */
  INVALID,

  /**
   * A block could not be replaced because {@link TlbMaintenance#complete} failed: the block is as
   * it was. Other parts of the range may have been changed already, so nothing of it may change
   * hands; repeating the call carries on.
   */
  TIMEOUT,
}
