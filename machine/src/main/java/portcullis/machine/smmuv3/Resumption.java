package portcullis.machine.smmuv3;

/** How a stall ends (IHI 0070 4.7.1). */
public enum Resumption {
  /** The transaction is to be presented again, as though it had just arrived. */
  RETRY,
  /** The transaction ends with an abort. */
  ABORT,
  /** The transaction completes: what it read is zero, what it wrote is lost. */
  RAZ_WI
}
