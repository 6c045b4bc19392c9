package portcullis.check.hostile;

/** What came of an action, as far as the host can see; a later constant outdoes an earlier one. */
public enum Outcome {
  /** Nothing was held against it. */
  ACCEPTED,
  /** An access aborted, a hypercall gave an error, or DMA was stopped. */
  REFUSED,
  /** The SMMU shows an error: of a command, or of a queue. */
  ERROR
}
